"""All addresses."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path

from vedette.web import api, assets, errors

urlpatterns: list[URLPattern | URLResolver] = [
    path("static/<slug:digest>/<path:path>", login_not_required(assets.serve)),
    path("api/", api.page, name="api-page"),
    path("api/", api.urls()),
    path("", include("vedette.apps.accounts.urls")),
    path("", include("vedette.apps.intake.urls")),
    path("", include("vedette.apps.knowledge.urls")),
    path("", include("vedette.apps.targeting.urls")),
]

handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
