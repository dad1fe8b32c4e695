"""The URLs of the web server."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from vedette.apps.accounts import rules
from vedette.kinds import kinds
from vedette.web import api, assets, errors, help

urlpatterns: list[URLPattern | URLResolver] = [
    path("static/<slug:digest>/<path:path>", rules.public(assets.serve)),
    path("help/<slug:name>/", help.page, name="help"),
    path("api/", api.page, name="api-page"),
    path("api/", api.urls()),
    path("", include("vedette.apps.accounts.urls")),
    path("", include("vedette.apps.approvals.urls")),
    path("", include("vedette.apps.release.urls")),
    path("", include("vedette.apps.offline.urls")),
    *(path("", include(f"{kind.app}.urls")) for kind in kinds().values()),
    path("", include("vedette.apps.inbox.urls")),
    path("", include("vedette.apps.lists.urls")),
    path("", include("vedette.apps.profiles.urls")),
    path("", include("vedette.apps.desk.urls")),
    path("", include("vedette.apps.enforcement.urls")),
    path("", include("vedette.apps.links.urls")),
    path("", include("vedette.apps.operations.urls")),
    path("", include("vedette.apps.library.urls")),
    path("", include("vedette.apps.cooperation.urls")),
    path("", include("vedette.apps.assistance.urls")),
    path("", include("vedette.apps.retention.urls")),
    path("", include("vedette.apps.upkeep.urls")),
    path("", include("vedette.apps.journal.urls")),
    path("", include("vedette.apps.oversight.urls")),
    path("", include("vedette.apps.requests.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
