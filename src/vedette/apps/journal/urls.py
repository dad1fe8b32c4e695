"""URLs for the pages of the journal: entries, and changes of settings."""

from __future__ import annotations

from django.urls import path

from vedette.apps.journal import views

urlpatterns = [
    path("journal/", views.journal, name="journal"),
    path("journal/settings/", views.settings, name="journal-settings"),
]
