"""The URLs of the page for field work and of field entries. The service worker controls the URLs below
`field/`.
"""

from __future__ import annotations

from django.urls import path

from vedette.apps.offline import views

urlpatterns = [
    path("field/", views.shell, name="field"),
    path("field/worker.js", views.worker, name="field-worker"),
    path("field/cards/<slug:language>-<slug:digest>.json", views.cards, name="field-cards"),
    path("field/state.json", views.state, name="field-state"),
    path("field/send/", views.send, name="field-send"),
    path("entries/", views.listed, name="entries"),
    path("entries/hand-in/", views.hand_in, name="entry-hand-in"),
    path("entries/<uuid:pk>/", views.entry, name="entry"),
    path("entries/<uuid:pk>/act/", views.act, name="entry-act"),
    path("entries/photos/<uuid:pk>/", views.photo, name="entry-photo"),
]
