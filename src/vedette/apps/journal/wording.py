"""Display texts for journal entries and settings. Codes without a text are shown unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts.models import Act, User
from vedette.apps.columns import Purpose, Theme
from vedette.apps.journal.models import Setting

#: Maps the kind of a journal entry to its display text.
ACTS: dict[str, Any] = {
    "account.create": _("account created"),
    "account.factor_refused": _("second factor refused"),
    "account.locked_out": _("sign-in refused: account locked"),
    "account.password": _("password changed"),
    "account.password_refused": _("confirmation refused: incorrect password"),
    "account.prefer": _("language or display setting changed"),
    "account.reactivate": _("account reopened"),
    "account.sign_in": _("signed in"),
    "account.sign_in_failed": _("sign-in failed"),
    "account.suspend": _("account suspended"),
    "agreement.propose": _("agreement about exchange proposed"),
    "assistance.assess": _("request for assistance assessed on file"),
    "assistance.check": _("declaration of conflicts of interest checked"),
    "assistance.create": _("request for assistance created"),
    "assistance.declare": _("conflicts of interest declared"),
    "assistance.edit": _("request for assistance changed"),
    "assistance.end": _("role in a mission ended"),
    "assistance.follow": _("follow-up of assistance answered"),
    "assistance.list": _("requests for assistance listed"),
    "assistance.mission": _("mission changed"),
    "assistance.name": _("person named in a mission"),
    "assistance.remind": _("follow-up of assistance sent or reminded"),
    "assistance.see": _("request for assistance seen"),
    "assistance.state": _("state of a request for assistance changed"),
    "diagnostic.answer": _("question of a diagnostic answered"),
    "diagnostic.confirm": _("freeze of a diagnostic confirmed"),
    "diagnostic.freeze": _("freeze of a diagnostic requested"),
    "diagnostic.hide": _("display of the self-assessment changed"),
    "diagnostic.open": _("diagnostic opened"),
    "diagnostic.reopen": _("diagnostic opened again"),
    "diagnostic.share": _("diagnostic released"),
    "diagnostic.sign": _("snapshot of a diagnostic signed"),
    "release.list": _("releases to other organisations listed"),
    "release.open": _("received object seen"),
    "release.see": _("release to another organisation seen"),
    "release.add": _("object prepared for release"),
    "release.feedback": _("receipt or sighting of a received object recorded"),
    "release.keep": _("decision about recalled evidence"),
    "release.object": _("objection to the removal of a received object"),
    "release.recall": _("object recalled from other organisations"),
    "release.recalled": _("received object recalled by its owner"),
    "release.send": _("object released to another organisation"),
    "approval.allow": _("approval given"),
    "approval.ask": _("approval requested"),
    "approval.refuse": _("approval refused"),
    "backup.made": _("backup made"),
    "backup.restored": _("backup restored"),
    "control.begin": _("control begun"),
    "control.enter": _("entries of a control recorded"),
    "control.finish": _("control ended"),
    "control.form": _("form for a control order or a seizure seen"),
    "control.list": _("page of control orders seen"),
    "expert.end": _("expert removed from a theme"),
    "expert.name": _("expert named for a theme"),
    "operation.accept": _("operation accepted"),
    "operation.accept_late": _("late entry of an operation accepted"),
    "operation.answer": _("warning answered"),
    "operation.approved": _("change of an operation approved and carried out"),
    "operation.create": _("operation created"),
    "operation.decline": _("operation declined"),
    "operation.escalate": _("warning not answered in time"),
    "operation.exclude": _("participant of an operation excluded"),
    "operation.form": _("form of an operation changed"),
    "operation.form_export": _("form of an operation downloaded"),
    "operation.invite": _("organisations invited to an operation"),
    "operation.list": _("list of operations seen"),
    "operation.member": _("person named in an operation"),
    "operation.member_end": _("membership in an operation ended"),
    "operation.message": _("message of an operation sent"),
    "operation.message_ask": _("message of an operation stored for a second person"),
    "operation.message_late": _("entry of an operation stored as late"),
    "operation.national_plan": _("national plan sent to posts"),
    "operation.plan": _("plan of an operation changed"),
    "operation.plan_received": _("receipt of a national plan confirmed"),
    "operation.report": _("situation report sent"),
    "operation.report_draft": _("situation report drafted"),
    "operation.see": _("operation seen"),
    "operation.show": _("earlier messages shown to a member"),
    "operation.state": _("state of an operation changed"),
    "operation.test_answer": _("test message answered"),
    "library.add": _("item of the library added"),
    "library.change": _("item of the library changed"),
    "library.file": _("file of the library downloaded"),
    "library.group": _("group of readers of the library changed"),
    "library.import": _("collection imported into the library"),
    "library.judge": _("opinion about an item of the library recorded"),
    "library.language": _("language of an item of the library added"),
    "library.restore": _("withdrawn item of the library shown again"),
    "library.search": _("search in the library"),
    "library.see": _("item of the library seen"),
    "library.supersede": _("item of the library replaced"),
    "library.version": _("version of an item of the library added"),
    "library.withdraw": _("item of the library withdrawn"),
    "operation.withdraw": _("participant withdrew from an operation"),
    "question.answer": _("question to an expert answered"),
    "question.ask": _("question to an expert asked"),
    "question.close": _("question to an expert closed"),
    "question.escalate": _("question to an expert not answered in time"),
    "question.form": _("form for a question to an expert seen"),
    "question.further": _("further question to an expert asked"),
    "question.list": _("page of questions to experts seen"),
    "question.photo": _("photograph of a question to an expert seen"),
    "question.see": _("question to an expert seen"),
    "arms.export": _("report table exported"),
    "arms.report": _("report table seen"),
    "arms.rows": _("details of a figure seen"),
    "firearm.change": _("firearm record changed"),
    "firearm.export": _("firearm records exported"),
    "firearm.import": _("firearm records imported"),
    "firearm.links": _("links between seizures seen"),
    "firearm.list": _("firearm records seen"),
    "firearm.record": _("firearm record stored"),
    "firearm.see": _("firearm record seen"),
    "firearm.strike": _("firearm record struck out"),
    "trace.ask": _("tracing request made"),
    "trace.edit": _("tracing request changed"),
    "trace.export": _("tracing request exported"),
    "trace.list": _("tracing requests seen"),
    "trace.see": _("tracing request seen"),
    "trace.step": _("step of a tracing request recorded"),
    "control.order": _("control ordered"),
    "find.record": _("find without a declaration recorded"),
    "find.list": _("list of finds seen"),
    "control.photograph": _("photographs stored"),
    "control.see": _("control order seen"),
    "control.see_photo": _("photograph seen"),
    "control.strike": _("entry of a control struck out"),
    "control.take_back": _("result “nothing found” taken back"),
    "control.withdraw": _("control order withdrawn"),
    "draw.lane_set": _("random control: lane changed"),
    "draw.promise": _("random control: hash of a key published"),
    "draw.reveal": _("random control: key revealed"),
    "glass.break": _("break-glass access started"),
    "glass.mend": _("break-glass access ended"),
    "glass.review": _("break-glass access reviewed"),
    "glass.stop": _("break-glass access refused"),
    "hit.claimed": _("hit claimed"),
    "hit.decided": _("hit decided"),
    "hit.handed_over": _("hit handed over"),
    "hit.note": _("note written"),
    "hit.printed": _("sheet printed"),
    "hit.released_claim": _("hit handed back"),
    "hit.reopened": _("hit reopened"),
    "hit.result": _("result of a control recorded"),
    "hit.see": _("hit seen"),
    "hit.see_linked": _("linked records seen"),
    "hit.transfer": _("transfer recorded"),
    "journal.export": _("journal exported"),
    "journal.see": _("journal read"),
    "journal.show": _("encrypted texts read in the journal"),
    "link.clear": _("identifier that links nobody recorded"),
    "link.see": _("links of a record seen"),
    "link.split": _("records of different persons separated"),
    "matrix.change": _("purpose matrix changed"),
    "matrix.see": _("purpose matrix seen"),
    "offence.set": _("class of offence recorded"),
    "list.export": _("list changes exported"),
    "list.see": _("entries of a list seen"),
    "lookout.see": _("lookouts seen"),
    "list.import": _("list imported"),
    "list.import_again": _("same list imported again"),
    "list.subscribe": _("subscription to a list created"),
    "list.unsubscribe": _("subscription to a list ended"),
    "lookout.create": _("lookout entered"),
    "lookout.end": _("lookout ended"),
    "lookout.extend": _("lookout extended"),
    "message.receive": _("message received"),
    "message.retry": _("message tried again"),
    "message.store": _("message stored"),
    "message.try": _("message tried, not stored"),
    "person.screen": _("person compared with the lists"),
    "oversight.export": _("data-protection report downloaded"),
    "oversight.note": _("noted by the data-protection officer"),
    "oversight.see": _("data-protection pages read"),
    "profile.activated": _("risk profile activated"),
    "profile.allowed": _("risk profile approved"),
    "profile.asked": _("risk profile submitted"),
    "profile.changed": _("draft of a risk profile changed"),
    "profile.counted": _("count requested for a draft"),
    "profile.drafted": _("draft of a risk profile started"),
    "profile.ended": _("risk profile ended"),
    "profile.exported": _("risk profile exported"),
    "profile.heard": _("opinion given on a risk profile"),
    "profile.imported": _("risk profiles imported"),
    "profile.list_set": _("code list saved"),
    "profile.refused": _("correction of a risk profile requested"),
    "profile.resumed": _("risk profile resumed"),
    "profile.sample_seen": _("consultation of the sample of a backtest"),
    "profile.see": _("risk profile seen"),
    "profile.shadow_off": _("shadow mode ended"),
    "profile.shadow_on": _("shadow mode started"),
    "profile.standing_seen": _("consultation of the report on people concerned by profiles"),
    "profile.suspended": _("risk profile suspended"),
    "profile.taken_back": _("risk profile returned to draft"),
    "profile.test_stopped": _("backtest stopped"),
    "profile.tested": _("backtest requested"),
    "profile.thrown_away": _("draft of a risk profile discarded"),
    "queue.see": _("page of the queue seen"),
    "restore.erased": _("personal data erased again after a restore"),
    "restore.rectified": _("personal data to be rectified again after a restore"),
    "restore.restricted": _("processing of personal data restricted again after a restore"),
    "restore.unrestricted": _("restrictions of processing ended again after a restore"),
    "rate.exceeded": _("request refused: too many requests"),
    "pause.begin": _("scheduled tasks wait for an administrator"),
    "pause.confirm": _("scheduled tasks confirmed"),
    "pause.end": _("scheduled tasks continued"),
    "retention.change": _("retention periods changed"),
    "retention.failed": _("retention periods not applied because of an error"),
    "retention.refused": _("application of the retention periods refused"),
    "record.search": _("records searched"),
    "seizure.advance": _("step of a detention recorded"),
    "seizure.change": _("seizure or detention changed"),
    "seizure.extend": _("period of a detention extended"),
    "seizure.close": _("case of a seizure or detention closed"),
    "seizure.create": _("seizure or detention recorded"),
    "seizure.give_back": _("seizure or detention given back"),
    "seizure.list": _("page of seizures and detentions seen"),
    "seizure.see": _("seizure or detention seen"),
    "seizure.submit": _("seizure or detention submitted"),
    "seizure.validate": _("seizure or detention validated"),
    "seizure.withdraw": _("record of a seizure or detention withdrawn"),
    "statistics.export": _("statistics exported"),
    "record.see": _("record seen"),
    "record.see_shared": _("records with a shared identifier seen"),
    "record.unmask_ended": _("record seen after the unmasking ended"),
    "record.unmasked": _("record seen unmasked"),
    "record.view": _("record seen for a new lookout"),
    "subject.answer": _("answer to a person’s request created"),
    "subject.ask": _("person’s request entered"),
    "subject.erased": _("personal data erased on request"),
    "subject.full": _("full copy of the data of a person created"),
    "subject.rectified": _("data of a person rectified"),
    "subject.restricted": _("processing of a person’s data restricted"),
    "subject.restriction_ended": _("restriction of the processing of a person’s data ended"),
    "subject.search": _("records of a person searched"),
    "subject.see": _("person’s request seen"),
    "token.create": _("token created"),
    "token.refused": _("token refused"),
    "token.revoke": _("token revoked"),
}
THINGS: dict[str, Any] = {
    "user": _("user"),
    "unit": _("unit"),
    "organisation": _("organisation"),
    "watchlist": _("watchlist"),
}
DEEDS: dict[str, Any] = {
    "INSERT": pgettext_lazy("setting", "created"),
    "UPDATE": pgettext_lazy("setting", "changed"),
    "DELETE": pgettext_lazy("setting", "removed"),
}

#: Display texts for the keys in the detail of a journal entry. Rare keys are shown unchanged.
DETAILS: dict[str, Any] = {
    "about": pgettext_lazy("detail", "object"),
    "added": pgettext_lazy("detail", "added"),
    "airports": pgettext_lazy("detail", "airports"),
    "alone": pgettext_lazy("detail", "without a second person"),
    "approval": pgettext_lazy("detail", "approval"),
    "by": pgettext_lazy("detail", "by"),
    "changed": pgettext_lazy("detail", "changed"),
    "choice": pgettext_lazy("detail", "choice"),
    "codes": pgettext_lazy("detail", "codes"),
    "count": pgettext_lazy("detail", "count"),
    "days": pgettext_lazy("detail", "days"),
    "decision": pgettext_lazy("detail", "decision"),
    "delete_after": pgettext_lazy("detail", "deleted after"),
    "duplicate": pgettext_lazy("detail", "already known"),
    "ends": pgettext_lazy("detail", "ends"),
    "finding": pgettext_lazy("detail", "finding"),
    "first": pgettext_lazy("detail", "first day"),
    "groups": pgettext_lazy("detail", "groups"),
    "found": pgettext_lazy("detail", "found"),
    "gaps": pgettext_lazy("detail", "missing messages"),
    "hits": pgettext_lazy("detail", "hits"),
    "hours": pgettext_lazy("detail", "hours"),
    "subjects": pgettext_lazy("detail", "records"),
    "keep_after": pgettext_lazy("detail", "deleted after (objective link)"),
    "kind": pgettext_lazy("detail", "kind"),
    "knowledge": pgettext_lazy("detail", "state of the lists"),
    "mask_after": pgettext_lazy("detail", "masked after"),
    "minute": pgettext_lazy("detail", "minute"),
    "name": pgettext_lazy("detail", "name (keyed hashes)"),
    "lane": pgettext_lazy("detail", "lane"),
    "last": pgettext_lazy("detail", "last day"),
    "next": pgettext_lazy("detail", "first unclaimed hit of the queue"),
    "number": pgettext_lazy("detail", "number"),
    "offices": pgettext_lazy("detail", "customs offices"),
    "outcome": pgettext_lazy("detail", "outcome"),
    "page": pgettext_lazy("detail", "page"),
    "part": pgettext_lazy("detail", "form"),
    "profile": pgettext_lazy("detail", "profile"),
    "purpose": pgettext_lazy("detail", "purpose"),
    "purposes": pgettext_lazy("detail", "purposes"),
    "rate": pgettext_lazy("detail", "rate"),
    "read": pgettext_lazy("detail", "read"),
    "reason": pgettext_lazy("detail", "reason"),
    "reasons": pgettext_lazy("detail", "reasons"),
    "removed": pgettext_lazy("detail", "removed"),
    "rights": pgettext_lazy("detail", "rights"),
    "role": pgettext_lazy("detail", "role"),
    "rows": pgettext_lazy("detail", "rows"),
    "settings": pgettext_lazy("detail", "settings"),
    "shown": pgettext_lazy("detail", "shown"),
    "size": pgettext_lazy("detail", "bytes"),
    "themes": pgettext_lazy("detail", "themes"),
    "together": pgettext_lazy("detail", "number of the joint decision"),
    "to": pgettext_lazy("detail", "to"),
    "unchanged": pgettext_lazy("detail", "unchanged"),
    "unit": pgettext_lazy("detail", "unit"),
    "until": pgettext_lazy("detail", "until"),
    "version": pgettext_lazy("detail", "version"),
}
#: Display texts of the columns of users, units, lists and organisations.
COLUMNS: dict[str, Any] = {
    "airports": pgettext_lazy("setting", "airports"),
    "basis": pgettext_lazy("setting", "legal basis"),
    "country": pgettext_lazy("setting", "country"),
    "email": pgettext_lazy("setting", "e-mail address"),
    "expires_on": pgettext_lazy("setting", "expires on"),
    "first_name": pgettext_lazy("setting", "first name"),
    "is_active": pgettext_lazy("setting", "may sign in"),
    "kind": pgettext_lazy("setting", "kind"),
    "last_name": pgettext_lazy("setting", "last name"),
    "name": pgettext_lazy("setting", "name"),
    "offices": pgettext_lazy("setting", "customs offices"),
    "organisation_id": pgettext_lazy("setting", "organisation"),
    "owner": pgettext_lazy("setting", "owner"),
    "purpose": pgettext_lazy("setting", "purpose"),
    "purposes": pgettext_lazy("setting", "purposes"),
    "role": pgettext_lazy("setting", "role"),
    "suspended_at": pgettext_lazy("setting", "suspended on"),
    "synthetic": pgettext_lazy("setting", "fictitious"),
    "theme": pgettext_lazy("setting", "theme"),
    "themes": pgettext_lazy("setting", "themes"),
    "unit_id": pgettext_lazy("setting", "unit"),
    "username": pgettext_lazy("setting", "sign-in name"),
    "weight": pgettext_lazy("setting", "weight"),
}
#: Display texts of codes in a detail or a setting, by key.
CODES: dict[str, Any] = {
    "purpose": dict(Purpose.choices),
    "purposes": dict(Purpose.choices),
    "theme": dict(Theme.choices),
    "themes": dict(Theme.choices),
    "role": dict(User.Role.choices),
    "by": {
        "name": pgettext_lazy("detail", "name"),
        "document": pgettext_lazy("detail", "document"),
        "operator": pgettext_lazy("detail", "operator of the server"),
    },
}


def register(acts: Mapping[str, Any] | None = None, **codes: Iterable[tuple[str, Any]]) -> None:
    """Registers the display texts of an app. `acts` contains the texts for the kinds of journal entries that
    the app writes. `codes` maps a key in the details of journal entries to the codes of this key and their
    display texts.
    """
    ACTS.update(acts or {})
    for key, words in codes.items():
        CODES[key] = {**CODES.get(key, {}), **dict(words)}


def told(act: Act) -> dict[str, Any]:
    """Returns the values with which a page shows a journal entry."""
    return {
        "act": act,
        "what": ACTS.get(act.act, act.act),
        "detail": " · ".join(
            f"{DETAILS.get(key, key)} {_coded(key, value)}" for key, value in act.detail.items()
        ),
    }


def _coded(key: str, value: Any) -> str:
    """Returns the display text of a value in the details of a journal entry. A code that has a display text
    is replaced by this text. A list of hits or of subjects is replaced by the number of its elements.
    """
    match value:
        case list() if key in ("hits", "subjects", "orders", "records", "requests", "seizures"):
            return str(len(value))
        case list():
            return _value([_coded(key, one) for one in value])
        case bool():
            return gettext("yes") if value else gettext("no")
        case str():
            return _value(CODES.get(key, {}).get(value, value))
    return _value(value)


def setting(one: Setting) -> dict[str, Any]:
    """Returns the values with which a page shows a change of a setting: each column with its old
    and new value.
    """
    return {
        "one": one,
        "thing": THINGS.get(one.thing, one.thing),
        "deed": DEEDS.get(one.deed, one.deed),
        "columns": [
            (COLUMNS.get(c, c), _coded(c, one.before.get(c)), _coded(c, one.after.get(c)))
            for c in sorted({*one.before, *one.after})
            if _value(one.before.get(c)) != _value(one.after.get(c))
        ],
    }


def _value(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    elif isinstance(value, dict):
        value = ", ".join(f"{k} {_value(v)}" for k, v in value.items())
    return "–" if value is None else str(value) or "–"
