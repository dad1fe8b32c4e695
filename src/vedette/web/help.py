"""The help for each page is a section of a file of the documentation, in the reader's language.

The help files are the files of `docs/`, and the folder `web/docs` contains links to them. A section is shown
in a panel of its page, or as a separate page. HTML in the files is escaped, and links to other files are
shown as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from vedette.apps.accounts.rules import signed_in
from vedette.apps.subjects.kinds import Help, app_kinds

_ROLES = ("roles", "fonctions")
_LISTS = Help("Watchlists", "Les listes")
_IMPORT = Help("Importing a list", "L’importation d’une liste", _ROLES)
_LOOKOUTS = Help("Lookouts and single persons", "Les avis et la recherche d’une personne")
_CONTROLS = Help("Control orders", "Les ordres de contrôle")
_SEIZURES = Help("Seizures and detentions", "Les saisies et les retenues")
_MESSAGES = Help("Messages", "Les messages")
_APPROVALS = Help("Approvals", "Les autorisations")
_ACCOUNT = Help("Signing in", "Se connecter")
_WRITING = Help("Writing a profile", "La rédaction d’un profil", _ROLES)
_TESTING = Help("Testing and approving a profile", "L’essai et l’approbation d’un profil", _ROLES)
_OVERSIGHT = Help("Data protection", "La protection des données", _ROLES)
_USERS = Help("Users, units and tokens", "Les utilisateurs, les unités et les jetons", _ROLES)
_RELEASES = Help(
    "Disclosures to other organisations", "Les communications à d’autres organisations"
)
_FIELD = Help("Field entries", "Les fiches de terrain")
_QUESTIONS = Help("Questions to experts", "Les questions aux experts")
_FIREARMS = Help("Firearm records and links", "Les fiches d’armes et les liens")
_LINKS = Help("Links to other records", "Les liens avec d’autres fiches")
_OPERATIONS = Help("Joint operations", "Les opérations conjointes")
_REPORTING = Help("Messages of an operation", "Les messages d’une opération")
_SITREPS = Help("Situation reports", "Les points de situation")
_CONTACTS = Help("The directory of contacts", "L’annuaire des contacts")
_MUTUAL = Help("Requests to other administrations", "Les demandes à d’autres administrations")
_FINAL = Help("The final report", "Le rapport final")
_LIBRARY = Help("The library", "La bibliothèque")
_ASSISTANCE = Help("Assistance", "L’assistance")
_DIAGNOSTIC = Help("Diagnostics", "Les diagnostics")
_RESULTS = Help("Results of assistance", "Les résultats de l’assistance")
_PLAN = Help("Action plans", "Les plans d’action")
_TRAINING = Help("Training and certificates", "Les formations et les certificats")
_ROSTER = Help("Experts of assistance", "Les experts de l’assistance")
_EQUIPMENT = Help("Equipment of assistance", "Le matériel de l’assistance")
_TRACING = Help("Tracing requests", "Les demandes de traçage")
#: URL name, or the beginning of URL names up to a hyphen → the help. The pages of a kind of subject are in
#: `AppKind.help`.
PAGES = {
    "home": Help("The first page", "L’accueil"),
    "queue": Help("The queue", "La file de travail"),
    "take-next": Help("The queue", "La file de travail"),
    "search": Help("The search", "La recherche"),
    "notifications": Help("Notifications", "Les notifications"),
    "notification": Help("Notifications", "Les notifications"),
    "hit": Help("The hit", "La concordance"),
    "transfers": Help("The hit", "La concordance"),
    "releases": _RELEASES, "release": _RELEASES, "received": _RELEASES,
    "agreements": _RELEASES, "agreement": _RELEASES,
    "field": _FIELD, "entries": _FIELD, "entry": _FIELD,
    "questions": _QUESTIONS, "question": _QUESTIONS, "experts": _QUESTIONS,
    "firearms": _FIREARMS, "firearm": _FIREARMS, "traces": _TRACING, "trace": _TRACING,
    "links": _LINKS, "matrix": _LINKS,
    "arms-report": Help("Report tables", "Les tableaux de rapport"),
    "operations": _OPERATIONS, "operation": _OPERATIONS,
    "operation-send": _REPORTING, "contacts": _CONTACTS, "contact": _CONTACTS, "contact-new": _CONTACTS,
    "mutual": _MUTUAL,
    "operation-entry": _REPORTING, "operation-message": _REPORTING, "operation-messages": _REPORTING,
    "operation-reports": _SITREPS, "operation-sitrep": _SITREPS,
    "operation-final": _FINAL, "operation-records": _SITREPS, "operation-duplicates": _SITREPS,
    "library": _LIBRARY,
    "assistance": _ASSISTANCE, "diagnostic": _DIAGNOSTIC, "diagnostic-report": _DIAGNOSTIC,
    "assistance-banks": _DIAGNOSTIC, "assistance-bank-form": _DIAGNOSTIC,
    "assistance-example-bank": _DIAGNOSTIC,
    "assistance-plan": _PLAN, "assistance-results": _RESULTS,
    "assistance-action": _PLAN, "training": _TRAINING, "course": _TRAINING, "certificate": _TRAINING,
    "certificates": _TRAINING, "roster": _ROSTER, "expert": _ROSTER, "assistance-experts": _ROSTER,
    "equipment": _EQUIPMENT, "assistance-equipment": _EQUIPMENT,
    "control": _CONTROLS, "controls": _CONTROLS,
    "seizure": _SEIZURES, "seizures": _SEIZURES,
    "statistics": Help("Statistics", "Les statistiques"),
    "watchlists": _LISTS, "watchlist": _LISTS, "list": _LISTS,
    "watchlist-import": _IMPORT, "watchlist-template": _IMPORT,
    "watchlist-control-template": _IMPORT, "list-change": _IMPORT, "list-take-over": _IMPORT,
    "list-subscribe": _IMPORT, "list-unsubscribe": _IMPORT,
    "lookouts": _LOOKOUTS, "lookout": _LOOKOUTS,
    "profiles": Help("Risk profiles", "Les profils de risque"),
    "profile": Help("Risk profiles", "Les profils de risque"),
    "profile-new": _WRITING, "profile-edit": _WRITING, "profile-try": _WRITING,
    "profile-count": _WRITING, "profile-import": _WRITING,
    "profile-vocabulary": _WRITING, "profile-lists": _WRITING, "profile-list": _WRITING,
    "profile-backtest": _TESTING, "profile-sample": _TESTING, "profile-compare": _TESTING,
    "profile-asked": _TESTING, "profile-submit": _TESTING, "profile-decide": _TESTING,
    "profile-shadow": _TESTING, "profile-hear": _TESTING,
    "profile-draw": Help("The random control", "Le contrôle aléatoire", _ROLES),
    "messages": _MESSAGES, "message": _MESSAGES, "try-message": _MESSAGES, "inbox": _MESSAGES,
    "approvals": _APPROVALS, "approval": _APPROVALS, "export": _APPROVALS, "unmask": _APPROVALS,
    "record": _APPROVALS, "glass": _APPROVALS,
    "oversight": _OVERSIGHT,
    "subjects": Help("Requests from persons", "Les demandes des personnes", _ROLES),
    "subject": Help("Requests from persons", "Les demandes des personnes", _ROLES),
    "retention": Help("Retention", "La conservation", _ROLES),
    "journal": Help("The journal", "Le journal", _ROLES),
    "users": _USERS, "user": _USERS, "units": _USERS, "unit": _USERS,
    "tokens": _USERS, "token": _USERS,
    "status": Help("Status", "L’état du service", _ROLES),
    "pause": Help("Status", "L’état du service", _ROLES),
    "api": Help("The API", "L’API", _ROLES),
    "account": _ACCOUNT, "mfa": _ACCOUNT, "own": _ACCOUNT, "kept": _ACCOUNT,
    "preferences": _ACCOUNT, "logout": _ACCOUNT,
    "help": Help("The bar, the time and the help", "La barre, l’heure et l’aide"),
}  # fmt: skip


def of(name: str) -> Help | None:
    """Returns the help for the page with this URL name. If several entries match the start of the name, the
    longest one is used.
    """
    known = dict(PAGES)
    for kind in app_kinds():
        known |= kind.help
    parts = name.replace("_", "-").split("-")
    beginnings = ("-".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((known[one] for one in beginnings if one in known), None)


def section(found: Help, language: str) -> SafeString:
    """Returns the section as HTML, without its heading. Raises `KeyError` if the file has no such heading."""
    english = not language.startswith("fr")
    return _sections(found.files[0 if english else 1])[found.english if english else found.french]


@cache
def _sections(file: str) -> dict[str, SafeString]:
    """Maps each heading of a file to the HTML of its section. A section includes its subsections."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse((files("vedette.web") / "docs" / f"{file}.md").read_text("utf-8"))
    heads = [n for n, token in enumerate(tokens) if token.type == "heading_open"]
    found = {}
    for head in heads:
        ends = (n for n in heads if n > head and tokens[n].tag <= tokens[head].tag)
        shown = _shown(tokens[head + 3 : next(ends, len(tokens))])
        # The text is from files of the package, and its HTML is escaped.
        html = reader.renderer.render(shown, reader.options, {})
        found[tokens[head + 1].content] = mark_safe(html)  # noqa: S308
    return found


def _shown(tokens: Sequence[Token]) -> list[Token]:
    """Returns the tokens without links and images, so that no link takes the reader to another page."""
    for token in tokens:
        if token.children:
            token.children = [
                one for one in token.children if not one.type.startswith(("link_", "image"))
            ]
    return list(tokens)


@require_safe
@signed_in
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Shows the help for a page, as a panel if htmx requests it, and otherwise as a page."""
    found = of(name)
    if found is None:
        raise Http404
    language = get_language() or "fr"
    context = {
        "text": section(found, language),
        "heading": found.french if language.startswith("fr") else found.english,
    }
    template = "parts/help.html" if request.headers.get("HX-Request") else "help.html"
    return render(request, template, context)
