"""The worker job that signs certificates and the list of certificates."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import uuid
from typing import Any

from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice
from vedette.assistance import certificates
from vedette.core.errors import Failure
from vedette.keys.ring import Keys

#: How many certificates one execution signs.
CHUNK = 50
#: The criteria of a certificate by language.
_CRITERIA = {
    "en": "Attendance of at least {0} % and at least {1} % in the final test",
    "fr": "Présence d’au moins {0} % et au moins {1} % au test final",
}


def did(keys: Keys, kind: str) -> str:
    """Returns the did:key of the current key of a kind."""
    return certificates.did_of(keys.key(keys.ids(f"{kind}.pub")[-1]))


def criteria(language: str, attendance: int, passing: int) -> str:
    """Returns the sentence in a certificate that states the conditions of the course."""
    return _CRITERIA[language].format(attendance, passing)


def sign_certificates(
    connection: Connection[Any], keys: Keys, home: uuid.UUID, at: dt.datetime
) -> int:
    """Signs the approved certificates of an organisation. Publishes the next list of the organisation if a
    certificate was issued or revoked since the last list. Returns the number of signed certificates and
    lists.
    """
    return _sign(connection, keys, home, at) + _publish(connection, keys, home, at)


def _sign(connection: Connection[Any], keys: Keys, home: uuid.UUID, at: dt.datetime) -> int:
    rows = connection.execute(
        "SELECT c.id, o.name, p.name, c.course_id, k.title ->> c.language, k.attendance, k.passing,"
        " c.language, c.approved_by_id FROM assistance_certificate c"
        " JOIN assistance_participant p ON p.id = c.participant_id AND p.organisation_id = c.organisation_id"
        " JOIN assistance_course k ON k.id = c.course_id AND k.organisation_id = c.organisation_id"
        " JOIN accounts_organisation o ON o.id = c.organisation_id"
        " WHERE c.organisation_id = %s AND c.state = 'approved' AND p.name <> ''"
        " ORDER BY c.approved_at, c.id LIMIT %s",
        [home, CHUNK],
    ).fetchall()
    done = 0
    for id_, issuer, holder, course, title, attendance, passing, language, by in rows:
        request = certificates.Request(
            id=str(id_), holder=holder, salt=secrets.token_hex(8),
            issuer_name=issuer[: certificates.MAX_TEXT], course_id=str(course),
            course=title, criteria=criteria(language, attendance, passing), at=at,
        )  # fmt: skip
        try:
            token = certificates.issue(
                request, did(keys, "issuer"), lambda data: keys.sign(data, "issuer")[1]
            )
        except Failure:
            # The organisation has a longer name since the course was created. The certificate waits.
            continue
        done += _store(connection, keys, at, id_, home, token, by)
    return done


def _store(
    connection: Connection[Any], keys: Keys, at: dt.datetime, id_: uuid.UUID, home: uuid.UUID,
    token: str, by: uuid.UUID,
) -> int:  # fmt: skip
    with connection.transaction():
        changed = connection.execute(
            "UPDATE assistance_certificate SET state = 'issued', token = %s, hash = %s, issued_at = %s"
            " WHERE id = %s AND organisation_id = %s AND state = 'approved' RETURNING id",
            [token, certificates.token_hash(token), at, id_, home],
        ).fetchall()
        if changed:
            acts.write_many(
                connection, keys, [acts.Entry(home, None, "certificate.sign", str(id_))]
            )
            event = notices.Event(
                kind=Notice.Kind.ASSISTANCE, to=[by], at=at, ref=f"certificate:{id_}",
                params={"what": "certificate", "page": "certificate", "id": str(id_)},
            )  # fmt: skip
            notices.write(connection.execute, home, [event])
    return len(changed)


def _publish(connection: Connection[Any], keys: Keys, home: uuid.UUID, at: dt.datetime) -> int:
    """Publishes the next list of certificates of an organisation if the newest list lacks a certificate or a
    revocation. The numbers of certificates and revocations never decrease, so the function compares these
    numbers to detect a change. Times cannot be used to detect a change, because the transaction of a
    revocation can be committed after the worker has read the clock.
    """
    last, listed, struck = connection.execute(
        "SELECT coalesce(max(number), 0), coalesce(max(issued), 0), coalesce(max(revoked), 0)"
        " FROM assistance_certificatelist WHERE organisation_id = %s",
        [home],
    ).fetchone() or (0, 0, 0)
    rows = connection.execute(
        "SELECT c.hash, c.state, c.revoked_at, o.name FROM assistance_certificate c"
        " JOIN accounts_organisation o ON o.id = c.organisation_id"
        " WHERE c.organisation_id = %s AND c.state IN ('issued', 'revoked') ORDER BY c.hash",
        [home],
    ).fetchall()
    revoked = [
        # The reason is not published: it may name a person.
        certificates.Revocation(one, since, "")
        for one, state, since, _ in rows
        if state == "revoked"
    ]
    if (len(rows), len(revoked)) == (listed, struck):
        return 0
    name = rows[0][3]
    register = did(keys, "register")
    token = certificates.publish(
        last + 1, at, [one for one, *_ in rows], revoked, register,
        lambda data: keys.sign(data, "register")[1],
    )  # fmt: skip
    trust = {
        "name": name[: certificates.MAX_TEXT],
        "issuers": [certificates.did_of(keys.key(one)) for one in keys.ids("issuer.pub")],
        "list_key": register,
    }
    with connection.transaction():
        made = connection.execute(
            "INSERT INTO assistance_certificatelist (id, organisation_id, number, issued, revoked, token,"
            " trust, at) VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s::jsonb, %s)"
            " ON CONFLICT DO NOTHING RETURNING id",
            [home, last + 1, len(rows), len(revoked), token, json.dumps(trust), at],
        ).fetchall()
        acts.write_many(
            connection, keys,
            [acts.Entry(home, None, "certificate.list", str(one), {"number": last + 1}) for (one,) in made],
        )  # fmt: skip
    return len(made)


def forget_names(connection: Connection[Any], home: uuid.UUID, at: dt.datetime) -> int:
    """For one organisation, deletes the name of each participant if the retention period of this name has
    ended. Returns the number of deleted names.
    """
    return connection.execute(
        "UPDATE assistance_participant SET name = ''"
        " WHERE organisation_id = %s AND name <> '' AND delete_at <= %s",
        [home, at],
    ).rowcount
