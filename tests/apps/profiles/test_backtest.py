"""What you backtest is what you run: the past is asked with the expression that runs live."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
import pytest
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import FIELDS, acting, flown, in_force, person, phone
from tests.apps.profiles.test_pages import path, text

from vedette.apps.accounts.models import Approval
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles import actions, backtesting, known, reading
from vedette.apps.profiles.models import Backtest, Version
from vedette.core.shares import interval
from vedette.profiles.check import ExpressionError
from vedette.profiles.run import Question

NOW = dt.datetime.now(dt.UTC)
#: Profiles of every kind of condition: numbers, texts, links, missing values, regular expressions.
EXPRESSIONS = (
    "documents >= 1",
    "origin = 'ADD' AND destination = 'DSS' AND trips_12m < 2",
    "shared_phone_travellers_90d >= 2",
    "trips_12m > 0 AND NOT in_pnr",
    "lead_time_h < 24",
    "lead_time_h IS MISSING AND origin IN ('ADD', 'CDG')",
    "flight MATCHES '^XX30[0-5]$' OR shared_common",
    "COALESCE(bags, 0) = 0 AND departure_hour BETWEEN 0 AND 23",
)

#: To the second person.
WHY = "The list was for one week, which is over."


def story(connection: psycopg.Connection[Any], office: Office) -> set[dt.date]:
    """Twelve flights of four, four a day; one telephone in many hands; one who flies daily. The days:
    three, or four where half an hour ago was yesterday."""
    days = set()
    for number in range(12):
        at = NOW - dt.timedelta(days=2 - number // 4, minutes=30 - number)
        some = [
            person("DIOP", "A1", contacts=phone("0639980101")),
            person("SARR", f"B{number}", contacts=phone("0639980101"), nationality="SEN", sex="M"),
            person("FAYE", f"C{number}", date_of_birth=dt.date(1950 + 5 * number, 3, 4)),
            person("KA", f"D{number}", contacts=phone(f"06399802{number:02d}")),
        ]
        flown(connection, office, at, some, number=str(300 + number))
        days.add(at.date())
    return days


def asked(office: Office, version: Version, days: int = 10, **more: Any) -> Backtest:
    """A backtest that waits."""
    with acting(office.analyst):
        return Backtest.objects.create(
            organisation_id=office.id, version_id=version.pk, expression=version.expression,
            parameters=version.parameters, content_hash=version.content_hash,
            first_day=NOW.date() - dt.timedelta(days=days), last_day=NOW.date(),
            asked_by=office.analyst, **more,
        )  # fmt: skip


def done(connection: psycopg.Connection[Any], backtest: Backtest) -> Backtest:
    """Run by the process that serves."""
    assert backtesting.run_next(connection)
    backtest.refresh_from_db(using="intake")
    return backtest


@pytest.mark.parametrize("compacted", [False, True])
def test_live_and_backtest_give_the_same_reasons(
    connection: psycopg.Connection[Any], office: Office, compacted: bool
) -> None:
    """Every profile, the same period: the journeys with a reason of it are those the backtest names."""
    versions = [in_force(office, expression) for expression in EXPRESSIONS]
    story(connection, office)
    if compacted:
        known.compact(connection, least=1)
    total = 0
    for version in versions:
        live = {
            journey
            for (journey,) in connection.execute(
                "SELECT h.subject_id FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id"
                " WHERE r.profile_version_id = %s",
                [version.pk],
            )
        }
        said = _fired(connection, office, version)
        assert said == live, version.expression
        total += len(live)
    assert total > 60


def _fired(connection: psycopg.Connection[Any], office: Office, version: Version) -> set[uuid.UUID]:
    from vedette.kinds import vocabulary
    from vedette.profiles.frames import HIGH, LOW, OWN, schema, subject_id

    question = Question(vocabulary("traveller"), version.expression, version.parameters, {})
    day = NOW.date()
    found = known.blocks(connection, office.id, "traveller", day - dt.timedelta(days=10), day)
    types = {**schema(vocabulary("traveller")), **OWN}
    columns = dict.fromkeys((*question.columns, HIGH, LOW))
    fired: set[uuid.UUID] = set()
    for _, frame in known.read(connection, office.id, found, columns, types):
        rows = frame.filter(question.judge(frame).fill_null(value=False))
        fired |= {subject_id(high, low) for high, low in rows.select(HIGH, LOW).iter_rows()}
    return fired


def test_numbers_sample_and_precision(connection: psycopg.Connection[Any], office: Office) -> None:
    """How many it holds of, of whom nothing could be told, how often it was right, on whom it falls."""
    version = in_force(office, "lead_time_h < 24 OR trips_12m > 0")
    days = story(connection, office)
    for outcome, n in (("confirmed", 2), ("nothing", 1)):
        connection.execute(
            "WITH chosen AS (UPDATE hits_hit SET state = 'decided' WHERE id IN"
            "  (SELECT id FROM hits_hit WHERE state = 'new' LIMIT %s) RETURNING id)"
            " INSERT INTO hits_result (id, organisation_id, hit_id, outcome, by_id, at)"
            " SELECT gen_random_uuid(), %s, id, %s, %s, now() FROM chosen",
            [n, office.id, outcome, office.analyst.pk],
        )
    [judged] = connection.execute("SELECT count(*) FROM travellers_journey").fetchone() or (0,)
    [live] = connection.execute("SELECT count(*) FROM hits_hit").fetchone() or (0,)
    result = done(connection, asked(office, version)).result
    assert result["judged"] + result["unjudged"] == judged
    assert result["unjudged"] > 0, "no booking and no trip: not to be told"
    assert result["fired"] == live > 0
    assert (result["confirmed"], result["nothing"], result["known"]) == (2, 1, 2)
    assert result["precision"] == list(interval(2, 3)), "who was never controlled is no miss"
    assert result["days_held"] == len(days) < 11, "of the eleven days asked for"
    assert sum(fired for fired, _ in result["days"].values()) == live
    flagged = connection.execute(
        "SELECT DISTINCT (opened_at AT TIME ZONE 'UTC')::date FROM hits_hit"
    )
    assert set(result["days"]) == {day.isoformat() for (day,) in flagged}
    assert len(result["sample"]) == min(live, 20)
    known_ids = {str(i) for (i,) in connection.execute("SELECT subject_id FROM hits_hit")}
    assert set(result["sample"]) <= known_ids
    women = next(group for group in result["groups"]["sex"] if group[0] == "")
    assert women[1] == judged, "groups of fewer than a hundred stand together"


def test_how_many_active_profiles_found_too(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Before anybody allows it: of those that it finds, who has been raised by what runs already, each
    once; what its own profile raised is no other's."""
    version = in_force(office, "origin = 'ADD'")
    one, none = in_force(office, "flight = 'XX300'"), in_force(office, "origin = 'XXX'")
    two = in_force(office, "flight IN ('XX300', 'XX301')")
    story(connection, office)
    result = done(connection, asked(office, version)).result
    assert result["found_too"] == {"all": 8, "versions": [[str(two.pk), 8], [str(one.pk), 4]]}
    assert done(connection, asked(office, none)).result["found_too"] == {"all": 0, "versions": []}
    said = text(signed_in(office.analyst).get(path(version)))
    assert "8 (17%); no active profile flagged the others." in said
    assert "P-004 · Test : 8 (17%)" in said


def test_a_quick_count_for_who_is_writing(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """An expression not saved yet: only how many, of how many."""
    story(connection, office)
    with acting(office.analyst):
        backtest = Backtest.objects.create(
            organisation_id=office.id, quick=True, expression="sex = 'M'",
            first_day=NOW.date() - dt.timedelta(days=5), last_day=NOW.date(), asked_by=office.analyst,
        )  # fmt: skip
    result = done(connection, backtest).result
    assert (result["judged"], result["fired"]) == (48, 12)
    assert "groups" not in result


def test_the_day_after_a_list_ends_nobody_is_picked_by_it(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """`NOT … IN LIST 'trusted'` holds of all others while the list holds, and of nobody after: no flood,
    and a backtest counts them as not judged."""
    with acting(office.analyst):
        actions.set_list(office.analyst, "trusted", ["cdg"], "", NOW.date())
    version = in_force(office, "NOT origin IN LIST 'trusted'")
    story(connection, office)
    assert done(connection, asked(office, version)).result["fired"] == 48
    connection.execute("DELETE FROM hits_reason")
    with acting(office.analyst):
        change = actions.set_list(
            office.analyst, "trusted", ["cdg"], "", NOW.date() - dt.timedelta(days=1), why=WHY
        )
    assert isinstance(change, Approval)
    with acting(office.supervisor):
        approvals.decide(office.supervisor, change.pk, allow=True)
    with acting(office.analyst):
        assert [one.id for one in reading.of(version).findings] == ["list_over"]
    flown(connection, office, NOW, [person("NIANG", "Z1")], number="999")
    assert connection.execute("SELECT count(*) FROM hits_reason").fetchone() == (0,)
    result = done(connection, asked(office, version)).result
    assert (result["fired"], result["judged"], result["unjudged"]) == (0, 0, 49)


def test_it_can_be_taken_back(
    connection: psycopg.Connection[Any], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while it runs: it ends at the next part, without a result."""
    version = in_force(office, "documents > 0")
    story(connection, office)
    backtest = asked(office, version)
    monkeypatch.setattr(backtesting, "PART", 4)
    real = known.read

    def read(*given: Any) -> Any:
        connection.execute("UPDATE profiles_backtest SET state = 'cancelled'")
        return real(*given)

    monkeypatch.setattr(backtesting.known, "read", read)
    assert done(connection, backtest).state == "cancelled"
    assert backtest.result == {}
    assert not backtesting.run_next(connection)


def test_who_is_restricted_counts_nowhere(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Article 18: what is kept under restriction is used for nothing, statistics included."""
    version = in_force(office, "documents > 0")
    story(connection, office)
    before = done(connection, asked(office, version)).result["fired"]
    connection.execute(
        "UPDATE subjects_subject SET restricted = true WHERE id IN"
        " (SELECT id FROM travellers_journey ORDER BY id LIMIT 5)"
    )
    assert done(connection, asked(office, version)).result["fired"] == before - 5


def test_a_broken_one_stops_nothing(connection: psycopg.Connection[Any], office: Office) -> None:
    """An expression that a later vocabulary does not know fails alone, by a code, and the next runs."""
    version = in_force(office, "documents > 0")
    bad = asked(office, version)
    connection.execute(
        "UPDATE profiles_backtest SET expression = 'gone_column > 1' WHERE id = %s", [bad.pk]
    )
    good = asked(office, version)
    with pytest.raises(ExpressionError):
        backtesting.run_next(connection)
    assert done(connection, good).state == "done"
    bad.refresh_from_db(using="intake")
    assert (bad.state, bad.failure) == ("failed", "ExpressionError")


def test_hits_name_the_version_and_its_evidence(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A hit says which version made it, and by which condition: value against limit."""
    version = in_force(office, "document_valid_d > 30 AND destination = 'DSS'", weight=44)
    flown(connection, office, NOW, [person("SOW", "E1")])
    row = connection.execute(
        "SELECT r.kind, r.contribution, r.profile_version_id, r.entry_hash, c.evidence"
        " FROM hits_reason r JOIN hits_reasonclear c ON c.reason_id = r.id"
    ).fetchone()
    assert row is not None
    assert row[:4] == ("profile", 44, version.pk, version.content_hash)
    assert [line["column"] for line in row[4]] == ["document_valid_d", "destination"]
    assert row[4][0]["found"], row[4][0]


def test_shadow_mode_counts_and_raises_nothing(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A draft beside the live ones: journeys are counted once, nobody is raised."""

    with acting(office.analyst):
        draft = actions.begin_draft(office.analyst, {**FIELDS, "expression": "documents > 0"})
        actions.shadow(office.analyst, draft.pk, True)
    who = person("SOW", "E1")
    flown(connection, office, NOW, [who])
    flown(connection, office, NOW + dt.timedelta(minutes=1), [who])
    assert connection.execute("SELECT count(*) FROM hits_hit").fetchone() == (0,)
    fires = connection.execute("SELECT version_id FROM profiles_shadowfire").fetchall()
    assert [version for (version,) in fires][:1] == [draft.pk]
    assert len(fires) <= 2
