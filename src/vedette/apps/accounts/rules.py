"""The rights of each role, and the scope that limits the rows which a transaction can read.

Views and API operations declare the right that they require. Actions check the right again before they write.
This declaration of the right is an attribute of the view. `web/access.py` generates the table of access
rights from the attributes of the views. The checks of `web/access.py` fail if the view of a route declares no
right.

The scope of a transaction consists of the organisation, the unit, the themes and the purposes. Row-level
security allows only rows within the scope. The scope is local to the transaction, so that the next request on
the same connection starts without a scope. Without a scope the web role cannot read any rows
(`apps/sql/scope.sql`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from vedette.apps.accounts.models import User, all_purposes, all_themes
from vedette.apps.columns import pairs_of
from vedette.core.themes import reader_themes

(
    _OFFICER, _SUPERVISOR, _ANALYST, _LIST_MANAGER, _DPO, _AUDITOR, _ADMINISTRATOR, _COORDINATOR, _CONTACT,
) = User.Role  # fmt: skip

#: Maps each right to the roles that have it. Each role has the rights that its work needs. The
#: administrator manages accounts, tokens and settings and cannot see subjects. The auditor reads the
#: journal and the settings. The data-protection officer reads all data and makes no decisions on hits.
RULES: dict[str, frozenset[str]] = {
    "record.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO)),
    "hit.claim": frozenset((_OFFICER, _SUPERVISOR)),
    "hit.decide": frozenset((_OFFICER, _SUPERVISOR)),
    "hit.note": frozenset((_OFFICER, _SUPERVISOR)),
    #: Officers may reopen hits that they decided themselves. Supervisors may reopen any hit.
    "hit.reopen": frozenset((_OFFICER, _SUPERVISOR)),
    "hit.reopen_any": frozenset((_SUPERVISOR,)),
    "hit.hand_over": frozenset((_OFFICER, _SUPERVISOR)),
    "hit.hand_over_any": frozenset((_SUPERVISOR,)),
    "lookout.create": frozenset((_OFFICER, _SUPERVISOR)),
    "lookout.review": frozenset((_SUPERVISOR,)),
    "person.screen": frozenset((_OFFICER, _SUPERVISOR)),
    #: Watchlists with their entries, and only the number of the subjects that match them.
    "list.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _LIST_MANAGER, _DPO)),
    "list.import": frozenset((_LIST_MANAGER,)),
    #: Licences with their balances. The items that draw from them are visible only with `record.see`.
    "licence.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _LIST_MANAGER, _DPO)),
    "licence.write": frozenset((_SUPERVISOR, _LIST_MANAGER)),
    #: Pre-export notices; whoever writes them also answers those of other authorities. Persons with
    #: `notice.desk` are responsible: they state whether the authority takes part, and a passed deadline
    #: escalates to them.
    "notice.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO)),
    "notice.write": frozenset((_OFFICER, _SUPERVISOR)),
    "notice.desk": frozenset((_SUPERVISOR,)),
    #: Questions to experts. Whoever has `question.answer` answers only as a named expert of the theme.
    "question.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO)),
    "question.ask": frozenset((_OFFICER, _SUPERVISOR)),
    "question.answer": frozenset((_OFFICER, _SUPERVISOR, _ANALYST)),
    "expert.name": frozenset((_SUPERVISOR,)),
    #: Files and messages: sender, time, type and errors, without the values.
    "message.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _ADMINISTRATOR)),
    #: Records that a carrier was asked to send data again. The request itself is sent by other means.
    "resend.ask": frozenset((_OFFICER, _SUPERVISOR)),
    "message.retry": frozenset((_SUPERVISOR, _ADMINISTRATOR)),
    #: Shows the subjects that a message would produce, without storing the message.
    "message.try": frozenset((_OFFICER, _SUPERVISOR)),
    "message.submit": frozenset((_ADMINISTRATOR,)),
    "account.see": frozenset((_DPO, _AUDITOR, _ADMINISTRATOR)),
    "account.manage": frozenset((_ADMINISTRATOR,)),
    "journal.read": frozenset((_DPO, _AUDITOR)),
    "report.read": frozenset((_DPO, _AUDITOR)),
    #: Records that a finding or an unmasking was noted.
    "oversight.note": frozenset((_DPO,)),
    #: Records that a decided hit was passed to another authority. The transfer itself is made by other
    #: means.
    "transfer.record": frozenset((_OFFICER, _SUPERVISOR)),
    #: Approvals by a second person: users read their own, and decide the kinds that their role may decide.
    "approval.see": frozenset(User.Role),
    "list.activate": frozenset((_SUPERVISOR, _LIST_MANAGER)),
    "unmask.decide": frozenset((_SUPERVISOR,)),
    "export.decide": frozenset((_SUPERVISOR,)),
    "delete.decide": frozenset((_SUPERVISOR,)),
    "retention.decide": frozenset((_DPO,)),
    "glass.see": frozenset((_OFFICER, _SUPERVISOR, _DPO, _AUDITOR)),
    "glass.break": frozenset((_OFFICER, _SUPERVISOR)),
    #: A review states whether the emergency access was right. It is no decision on a subject.
    "glass.review": frozenset((_SUPERVISOR, _DPO)),
    "unmask.ask": frozenset((_OFFICER, _SUPERVISOR)),
    "subject.answer": frozenset((_DPO,)),
    "retention.see": frozenset((_DPO, _AUDITOR, _ADMINISTRATOR)),
    "retention.change": frozenset((_ADMINISTRATOR,)),
    #: The state of workers and inbox, and scheduled tasks that wait; the administrator confirms them.
    "status.see": frozenset((_DPO, _AUDITOR, _ADMINISTRATOR)),
    "status.confirm": frozenset((_ADMINISTRATOR,)),
    #: The reply that a kind of subject gives to a sender: what happens to the subject, and no reason.
    "reply.see": frozenset((_OFFICER, _SUPERVISOR)),
    #: The result of a control.
    "result.record": frozenset((_OFFICER, _SUPERVISOR)),
    #: Control orders: who orders a control, and who carries it out and records what it found.
    "control.order": frozenset((_OFFICER, _SUPERVISOR)),
    "control.record": frozenset((_OFFICER, _SUPERVISOR)),
    #: Records of cash: the officer's form, the acceptance of a declaration, the count, and pairs.
    "cash.record": frozenset((_OFFICER, _SUPERVISOR)),
    #: Exchange rates: the administrator imports them.
    "rates.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _ADMINISTRATOR)),
    "rates.import": frozenset((_ADMINISTRATOR,)),
    #: Suspicion reports to the financial intelligence unit. The right is not sufficient: row-level security
    #: shows a report only to the post that made it and to the data-protection officer.
    "suspicion.see": frozenset((_OFFICER, _SUPERVISOR, _DPO)),
    "suspicion.write": frozenset((_OFFICER, _SUPERVISOR)),
    #: The routine batches for the financial intelligence unit, and their files.
    "routine.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO)),
    "routine.take": frozenset((_SUPERVISOR,)),
    #: What the financial intelligence unit prescribes: schema, mappings, holidays.
    "fiu.setup": frozenset((_ADMINISTRATOR,)),
    #: The anonymised risk information of cash. A second person, who did not write it, confirms that nobody is
    #: recognisable.
    "risk.see": frozenset((_SUPERVISOR, _ANALYST, _DPO)),
    "risk.write": frozenset((_SUPERVISOR, _ANALYST)),
    "risk.confirm": frozenset((_SUPERVISOR, _ANALYST, _DPO)),
    "risk.take": frozenset((_SUPERVISOR, _ANALYST)),
    #: Seizures and detentions. Nobody validates a record that he submitted himself
    #: (`enforcement.seizing`).
    "seizure.write": frozenset((_OFFICER, _SUPERVISOR)),
    "seizure.validate": frozenset((_SUPERVISOR,)),
    #: Risk profiles with their numbers of hits. The subjects are visible only with `record.see`.
    "profile.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _AUDITOR)),
    "profile.write": frozenset((_SUPERVISOR, _ANALYST)),
    #: Users cannot approve their own profiles (`profiles.actions`).
    "profile.approve": frozenset((_SUPERVISOR, _ANALYST)),
    "profile.suspend": frozenset((_SUPERVISOR, _ANALYST)),
    #: The data-protection officer's opinion on restricted grounds.
    "profile.hear": frozenset((_DPO,)),
    #: The purpose matrix of links. The data-protection officer decides on a change.
    "matrix.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _AUDITOR)),
    "matrix.change": frozenset((_SUPERVISOR,)),
    "matrix.decide": frozenset((_DPO,)),
    #: The class of offence of a confirmed result. The data-protection officer decides on a change that
    #: permits more links.
    "offence.write": frozenset((_OFFICER, _SUPERVISOR)),
    "offence.decide": frozenset((_DPO,)),
    #: Separates records of a person or company, and clears an identifier that links nobody.
    "link.write": frozenset((_OFFICER, _SUPERVISOR)),
    #: Agreements about the exchange of information with other organisations. An administrator proposes a
    #: version, and the data-protection officer approves it.
    "agreement.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _ADMINISTRATOR)),
    "agreement.propose": frozenset((_ADMINISTRATOR,)),
    "agreement.approve": frozenset((_DPO,)),
    #: Disclosures to other organisations, what was received from them, and recalls. Coordinators and contact
    #: points see those of their operations only (`apps/sql/operations.sql`).
    "release.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _COORDINATOR, _CONTACT)),
    "release.send": frozenset((_OFFICER, _SUPERVISOR, _COORDINATOR, _CONTACT)),
    #: The second person for nominal content, and for a recipient that is new. In an operation, the second
    #: person is also a member of its group (`release/deciding.py`).
    "release.approve": frozenset((_SUPERVISOR, _COORDINATOR, _CONTACT)),
    #: Decides whether recalled content is kept as evidence.
    "release.keep": frozenset((_DPO,)),
    "export.ask": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _LIST_MANAGER, _DPO, _AUDITOR)),
    #: Joint operations. The rights of the account are not sufficient: a person also needs a role in the
    #: operation, which ends with it (`operations/rights.py`). Coordinators see no subjects.
    "operation.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _COORDINATOR, _CONTACT)),
    "operation.plan": frozenset((_COORDINATOR,)),
    #: Erases the nominal values of an entry of the user's own organisation before the end of their period.
    "operation.erase": frozenset((_DPO,)),
    #: Accept or decline for the user's own organisation, name its persons, send its plan and its reports.
    "operation.join": frozenset((_COORDINATOR, _CONTACT)),
    "operation.report": frozenset((_OFFICER, _SUPERVISOR, _COORDINATOR, _CONTACT)),
    "operation.approve": frozenset((_SUPERVISOR, _COORDINATOR)),
    #: Entries that a device made without a network. Who accepts those of another person: of a suspended
    #: account, or handed in as a file.
    "field.enter": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _COORDINATOR, _CONTACT)),
    "field.accept": frozenset((_SUPERVISOR, _CONTACT)),
    #: Decide whether the field of a form is nominal.
    "operation.protect": frozenset((_DPO,)),
    #: The directory of contacts. Each organisation keeps its own entries.
    "contact.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _COORDINATOR, _CONTACT)),
    "contact.keep": frozenset((_COORDINATOR, _CONTACT)),
    #: Requests for mutual assistance to and from other administrations. In addition a person must be the
    #: author of a request, one of its addressees, or an official of the agreement; supervisors and the
    #: data-protection officer follow all requests of the organisation (`apps/sql/cooperation.sql`).
    "mutual.see": frozenset((_OFFICER, _SUPERVISOR, _DPO, _CONTACT)),
    "mutual.write": frozenset((_OFFICER, _SUPERVISOR, _CONTACT)),
    #: Designates the officials of the user's own administration under an agreement. Nobody designates
    #: himself.
    "official.name": frozenset((_DPO, _CONTACT)),
    #: The library. Who reads an item depends on the access of the item.
    "library.see": frozenset(User.Role),
    "library.write": frozenset((_ADMINISTRATOR, _COORDINATOR)),
    #: Assistance. In addition a person needs a role in the request, the mission or the training session
    #: (`assistance/rights.py`). Answers and scores belong to the Member.
    "assistance.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _COORDINATOR, _CONTACT)),
    #: Requests assistance, answers the self-assessment, decides on actions: the Member's contact point.
    "assistance.request": frozenset((_CONTACT,)),
    #: Assesses requests on file, names teams, gives courses, issues certificates.
    "assistance.coordinate": frozenset((_COORDINATOR,)),
    #: Approves or refuses a request as the second person.
    "assistance.approve": frozenset((_SUPERVISOR, _COORDINATOR)),
    #: Answers a questionnaire, or leads a mission or a training session.
    "assistance.work": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _COORDINATOR, _CONTACT)),
}

#: Declarations of views without a right: for everybody, and for every signed-in user.
PUBLIC, SIGNED_IN = "public", "signed in"


class Request(HttpRequest):
    """The request of a signed-in user, as views receive it after the check of `requires`. `shown_kind` is the
    name of the kind of subject that the page shows, if the view sets it. The top bar then shows the theme of
    this kind."""

    user: User
    shown_kind: str


class Coded(Exception):
    """The error that is raised if an action is not possible. `code` identifies the reason for the refusal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def may(user: Any, right: str) -> bool:
    """Whether the user is signed in and active, belongs to an organisation, and has the right.
    Raises `KeyError` if the right is not in `RULES`.

    If the request has an API token, the token must also have the right.
    """
    roles = RULES[right]
    return bool(
        user.is_authenticated
        and user.is_active
        and user.suspended_at is None
        and user.organisation_id
        and user.role in roles
        and (user.granted is None or right in user.granted)
    )


def check(user: Any, right: str) -> None:
    """Raises `PermissionDenied` if `may` returns False."""
    if not may(user, right):
        raise PermissionDenied(right)


View = Callable[..., HttpResponse]


def requires(right: str, else_to: str = "", to_post: str = "") -> Callable[[View], View]:
    """Limits a view to users with the right. Other users get status 403 or, if `else_to` is given,
    are redirected to that page.

    `to_post` is a further right that is required for the method POST.
    """
    RULES[right], RULES[to_post or right]

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if else_to and not may(request.user, right):
                return redirect(else_to)
            check(request.user, right)
            if to_post and request.method == "POST":
                check(request.user, to_post)
            return view(request, *args, **kwargs)

        guarded.leads_on, guarded.to_post = bool(else_to), to_post  # type: ignore[attr-defined]
        return declare(guarded, right)

    return wrap


def signed_in(view: View) -> View:
    """Declares that every signed-in user may use a view. `LoginRequiredMiddleware` enforces the sign-in."""
    return declare(view, SIGNED_IN)


def public(view: View) -> View:
    """Declares that everybody may use a view, because it shows no personal data."""
    return declare(login_not_required(view), PUBLIC)


def declare(view: Any, what: str) -> Any:
    """Stores the required right as an attribute of the view, for `web/access.py`."""
    view.requires = what
    return view


_SET = """
    SELECT set_config('vedette.organisation', %s, true), set_config('vedette.unit', %s, true),
           set_config('vedette.themes', %s, true), set_config('vedette.purposes', %s, true),
           set_config('vedette.whole', %s, true), set_config('vedette.user', %s, true),
           set_config('vedette.restricted', %s, true), set_config('vedette.pairs', %s, true)
"""
#: The value for all units. An empty unit would mean no scope.
EVERY_UNIT = "every"


def set_scope(of: User | uuid.UUID | str) -> None:
    """Sets the scope of this transaction to the rows that a user may see. If `of` is the id of an
    organisation (for a command without a user), the scope is all rows of that organisation.

    The setting `vedette.whole` means that the user sees all rows of the organisation. If a row depends on
    another row and the user sees all rows, row-level security does not check the other row. Rows whose
    processing is restricted are visible only to users who answer the requests of data subjects.
    """
    organisation: uuid.UUID | str | None
    if isinstance(of, User):
        organisation, unit = of.organisation_id, of.unit_id
        themes, purposes = of.themes, of.purposes
    else:
        organisation, unit, themes, purposes = of, None, all_themes(), all_purposes()
    whole = unit is None and set(themes) >= {*all_themes()} and set(purposes) >= {*all_purposes()}
    with connection.cursor() as cursor:
        cursor.execute(
            _SET,
            [
                str(organisation or ""),
                str(unit or EVERY_UNIT),
                ",".join(reader_themes(themes)),
                ",".join(purposes),
                "yes" if whole else "",
                str(of.pk) if isinstance(of, User) else "",
                "yes" if isinstance(of, User) and may(of, "subject.answer") else "",
                str(pairs_of(reader_themes(themes), purposes)),
            ],
        )
