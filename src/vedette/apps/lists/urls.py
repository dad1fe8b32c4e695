"""Watchlists and lookouts."""

from __future__ import annotations

from django.urls import path

from vedette.apps.lists.views import imports, lists, lookouts

urlpatterns = [
    path("watchlists/", lists.watchlists, name="watchlists"),
    path("watchlists/import/", imports.files, name="watchlist-import"),
    path("watchlists/import/<uuid:pk>/", imports.terms, name="watchlist-import-terms"),
    path("watchlists/import/<uuid:pk>/check/", imports.check, name="watchlist-import-check"),
    path("watchlists/import/<uuid:pk>/asked/", imports.asked, name="watchlist-import-asked"),
    path("watchlists/template.csv", lists.template_csv, name="watchlist-template"),
    path("watchlists/<uuid:pk>/", lists.watchlist, name="watchlist"),
    path("watchlists/<uuid:pk>/entries/", lists.list_entries, name="watchlist-entries"),
    path("watchlists/<uuid:pk>/<int:number>/", lists.list_version, name="list-version"),
    path("watchlists/<uuid:pk>/<int:number>/changes.csv", lists.changes_csv, name="list-changes"),
    path("lookouts/", lookouts.lookouts, name="lookouts"),
    path("lookouts/new/", lookouts.new, name="lookout-new"),
    path("lookouts/<uuid:pk>/extend/", lookouts.extend, name="lookout-extend"),
    path("lookouts/<uuid:pk>/end/", lookouts.end, name="lookout-end"),
]
