"""The URLs of the status page."""

from __future__ import annotations

from django.urls import path

from vedette.apps.upkeep import views

urlpatterns = [
    path("status/", views.status, name="status"),
    path("status/<uuid:pk>/confirm/", views.confirm, name="pause-confirm"),
]
