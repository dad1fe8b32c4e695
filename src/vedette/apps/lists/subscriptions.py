"""Subscriptions: lists that workers fetch from their publishers.

A new version of a list is read and stored as a draft, until a second person approves the version. The second
person sees the changes of the version, as for an import. While a version of a list waits for approval, this
list is not fetched. A fetched version is refused if it is older than the current version or has another
format. A separate process fetches and reads the lists, so that a slow server or a large list does not delay
messages.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import uuid
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _

from vedette.apps import processes
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.lists.actions import ask_to_apply, check_replaced, check_terms, fill, head
from vedette.apps.lists.fetching import FetchError, check_url, fetch, shown
from vedette.apps.lists.models import ListDraft, ListSubscription, Watchlist, default_themes
from vedette.formats.lists import UnknownList
from vedette.formats.lists.common import MAX_BYTES
from vedette.kinds import kinds
from vedette.server import logs

logger = logging.getLogger(__name__)

#: The number of hours between two fetches: the smallest and the largest.
OFTEN, SELDOM = 1, 24 * 31
#: The time after which a fetch is repeated if it failed or its process was killed.
RETRY = dt.timedelta(hours=1)
#: Code of an error → its sentence on the page.
ERRORS = {
    "address": _("The address is not a permitted https address."),
    "private": _("The address belongs to a private network that is not permitted."),
    "redirect": _(
        "The server redirects to another server. Subscribe to the new address if you trust it."
    ),
    "tls": _("The certificate of the server is not valid."),
    "connection": _("The server cannot be reached, or the transfer was interrupted."),
    "late": _("The server is too slow: the transfer took more than five minutes."),
    "size": _("The file is larger than 256 MB."),
    "status": _("The server returned an error."),
    "list": _("The file is not a list."),
    "format": _(
        "The format of the list differs from that of the current version. Import the list manually"
        " once."
    ),
    "older": _("The list is older than the current version."),
    "user": _("The user who subscribed is no longer allowed to import lists. Subscribe again."),
    "long": _(
        "The processing of the list was stopped because it takes too long. Import the list on "
        "the server with “vedette lists import”."
    ),
    "failed": _("The list could not be processed."),
}


class Refused(Exception):
    """The error that is raised if a fetched list is refused; no approval is requested for the list. `code` is
    a key of `ERRORS`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def _now(using: str = "default") -> dt.datetime:
    """Returns the present time of the database server."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: dt.datetime = cursor.fetchone()[0]
    return now


def subscribe(user: User, url: str, every: int, terms: Mapping[str, Any]) -> ListSubscription:
    """Subscribes to a list in the name of `user`. The approval of each new version is requested in the name
    of this user. The transaction must have the scope of the user.

    Raises `ValueError` if an attribute is not valid, `FetchError` for an address that is not permitted, and
    `PermissionDenied` if the user may not import lists.
    """
    rules.check(user, "list.import")
    terms = {"themes": default_themes(), **terms}
    check_terms(terms["name"], terms["purpose"], terms["basis"], terms["weight"], terms["themes"])
    assert user.organisation_id is not None  # noqa: S101  the right requires one
    check_url(url)
    if terms["purpose"] not in user.purposes:
        raise ValueError("the user may not use this purpose")
    if not set(terms["themes"]) <= set(user.themes):
        raise ValueError("the user may not use one of these themes")
    for of_kind, one in kinds().items():
        if one.control_formats is not None and terms.get("replaces"):
            check_replaced(user, of_kind, terms["replaces"], terms["themes"])
    if not OFTEN <= every <= SELDOM:
        raise ValueError(f"the number of hours is from {OFTEN} to {SELDOM}")
    with transaction.atomic():
        made = ListSubscription.objects.create(
            organisation_id=user.organisation_id, url=url, every=every, created_by_id=user.pk,
            purpose=terms["purpose"],
            terms=msgspec.to_builtins({**terms, "name": terms["name"].strip()}), next_at=_now(),
        )  # fmt: skip
        acts.write(user, "list.subscribe", made.pk, purpose=terms["purpose"], hours=every)
    return made


def unsubscribe(user: User, subscription: ListSubscription) -> None:
    """Ends a subscription. The list itself and any version that waits for approval are kept."""
    rules.check(user, "list.import")
    with transaction.atomic():
        ended = ListSubscription.objects.filter(pk=subscription.pk, ended_at=None).update(
            ended_at=_now()
        )
        if ended:
            acts.write(user, "list.unsubscribe", subscription.pk, purpose=subscription.purpose)


# --- the process --------------------------------------------------------------------------------

#: Selects the next subscription and makes it due again after `RETRY`, so that another process fetches it if
#: this process is killed.
_TAKE = """
    UPDATE lists_listsubscription SET next_at = statement_timestamp() + make_interval(secs => %s) WHERE id = (
        SELECT id FROM lists_listsubscription
        WHERE ended_at IS NULL AND next_at <= statement_timestamp()
        ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id, organisation_id
"""


class Fetcher:
    """Starts a process for each subscription that is due. Each worker has one `Fetcher`."""

    def __init__(self) -> None:
        self._running: tuple[BaseProcess, tuple[uuid.UUID, uuid.UUID]] | None = None

    def look(self) -> None:
        """Starts the process if fetching is switched on, a subscription is due, and this worker has no such
        process yet. Stores an error if the last process failed, or was ended because it took too long."""
        if not settings.SUBSCRIPTIONS or (
            self._running is not None and self._running[0].is_alive()
        ):
            return
        if self._running is not None:
            (process, last), self._running = self._running, None
            if process.exitcode:
                end(*last, "long" if processes.exceeded(process) else "failed")
        taken = take()
        if taken is not None:
            process = processes.start_limited(
                "vedette.apps.lists.subscriptions:fetch_taken", *taken
            )
            self._running = process, taken

    def stop(self) -> None:
        """Ends the process. Another process repeats the fetch later."""
        if self._running is not None and self._running[0].is_alive():
            self._running[0].terminate()
            self._running[0].join(5)


def take() -> tuple[uuid.UUID, uuid.UUID] | None:
    """Returns the id and the organisation of the next subscription that is due, or None if no subscription is
    due."""
    with connections["intake"].cursor() as cursor:
        cursor.execute(_TAKE, [RETRY.total_seconds()])
        taken: tuple[uuid.UUID, uuid.UUID] | None = cursor.fetchone()
    return taken


def fetch_next() -> bool:
    """Fetches the next list that is due. Returns False if no list is due."""
    taken = take()
    if taken is not None:
        fetch_taken(*taken)
    return taken is not None


def fetch_taken(id_: uuid.UUID, organisation: uuid.UUID) -> None:
    """Fetches the list of a subscription that `take` returned. If an error occurs, the function stores the
    error and does not raise it."""
    error, detail = "", ""
    try:
        _fetch(id_, organisation)
    except (FetchError, Refused) as refused:
        error, detail = refused.code, refused.detail
    except Exception as failure:
        logger.error("subscription %s failed: %s", id_, logs.kind(failure))
        error = "failed"
    end(id_, organisation, error, detail)


def end(id_: uuid.UUID, organisation: uuid.UUID, error: str, detail: str = "") -> None:
    """Stores the result of a fetch, and the time of the next one."""
    mine = ListSubscription.objects.using("intake").filter(organisation=organisation, pk=id_)
    now = _now("intake")
    every = mine.values_list("every", flat=True).get()
    wait = min(RETRY, dt.timedelta(hours=every)) if error else dt.timedelta(hours=every)
    mine.update(error=error, error_detail=detail[:300], next_at=now + wait)


def _fetch(id_: uuid.UUID, organisation: uuid.UUID) -> None:
    mine = ListSubscription.objects.using("intake").filter(organisation=organisation, pk=id_)
    one = mine.select_related("created_by").get()
    asked = Approval.objects.using("intake").filter(
        organisation=organisation, subject=str(one.offered), state=Approval.State.ASKED
    )
    if one.offered is not None and asked.exists():
        return
    got = fetch(one.url, one.etag, most=MAX_BYTES, allowed=settings.SUBSCRIPTION_NETWORKS)
    now = _now("intake")
    if got.data is None:
        mine.update(fetched_at=now)
        return
    digest = hashlib.sha256(got.data).hexdigest()
    if digest != one.content_hash:
        try:
            offered = _offer(one, {got.name: got.data})
        except UnknownList as error:
            raise Refused("list", str(error)) from error
        except PermissionDenied as error:
            raise Refused("user") from error
        if offered:
            mine.update(offered=offered, changed_at=now)
    mine.update(fetched_at=now, content_hash=digest, etag=got.etag)


def _offer(one: ListSubscription, files: Mapping[str, bytes]) -> uuid.UUID | None:
    """Stores a draft of the list and asks for approval in the name of the user who subscribed. Returns None
    if the current version has the same content. Other transactions see the draft only when it is complete."""
    user = one.created_by
    with transaction.atomic():
        rules.set_scope(user)
        rules.check(user, "list.import")
        if not user.is_active or (
            one.terms["purpose"] not in user.purposes
            or not set(one.terms.get("themes") or default_themes()) <= set(user.themes)
        ):
            raise Refused("user")
        draft = ListDraft.objects.create(
            organisation_id=one.organisation_id, created_by_id=user.pk, terms=one.terms
        )
        fill(draft, files, "default")
        read = head(draft)
        known = Watchlist.objects.filter(name=one.terms["name"], lookouts=False).first()
        versions = list(known.versions.order_by("-number")) if known else []
        if versions:
            last = versions[0]
            if last.content_hash == read.content_hash:
                draft.delete()
                return None
            if last.format != read.format:
                raise Refused("format")
            issued = read.published and read.published.replace(tzinfo=dt.UTC)
            back = issued and last.published_at and issued < last.published_at
            if back or any(v.content_hash == read.content_hash for v in versions):
                raise Refused("older")
        ask_to_apply(draft, user, f"New version from the subscription to {shown(one.url)}")
        return draft.pk
