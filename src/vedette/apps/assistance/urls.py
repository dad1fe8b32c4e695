"""URLs of assistance: requests, missions, diagnostics."""

from __future__ import annotations

from django.urls import path

from vedette.apps.assistance.views import diagnostics, requests

urlpatterns = [
    path("assistance/", requests.listed, name="assistance"),
    path("assistance/new/", requests.new, name="assistance-new"),
    path("assistance/<uuid:pk>/", requests.request_page, name="assistance-request"),
    path("assistance/<uuid:pk>/edit/", requests.edit, name="assistance-edit"),
    path("assistance/<uuid:pk>/act/", requests.act, name="assistance-act"),
    path("assistance/<uuid:pk>/mission/", requests.mission, name="assistance-mission"),
    path("assistance/<uuid:pk>/agenda.ics", requests.agenda, name="assistance-agenda"),
    path("assistance/diagnostics/<uuid:pk>/", diagnostics.diagnostic, name="diagnostic"),
    path("assistance/diagnostics/<uuid:pk>/act/", diagnostics.act, name="diagnostic-act"),
    path(
        "assistance/diagnostics/<uuid:pk>/questions/", diagnostics.questions,
        name="diagnostic-questions",
    ),
    path(
        "assistance/diagnostics/<uuid:pk>/questions/<int:number>/", diagnostics.question,
        name="diagnostic-question",
    ),
]  # fmt: skip
