"""The URLs of watchlists and lookouts."""

from __future__ import annotations

from django.urls import path

from vedette.apps.lists import views

urlpatterns = [
    path("watchlists/", views.watchlists, name="watchlists"),
    path("watchlists/import/", views.files, name="watchlist-import"),
    path("watchlists/import/<uuid:pk>/", views.terms, name="watchlist-import-terms"),
    path("watchlists/import/<uuid:pk>/reading/", views.reading, name="watchlist-import-reading"),
    path("watchlists/import/<uuid:pk>/check/", views.check, name="watchlist-import-check"),
    path("watchlists/import/<uuid:pk>/asked/", views.asked, name="watchlist-import-asked"),
    path("watchlists/import/<uuid:pk>/hits/", views.expected, name="watchlist-import-expected"),
    path(
        "watchlists/import/<uuid:pk>/hits/asked/",
        views.asked_expected,
        name="watchlist-import-asked-expected",
    ),
    path("watchlists/subscribe/", views.subscribe, name="list-subscribe"),
    path("watchlists/subscriptions/<uuid:pk>/end/", views.unsubscribe, name="list-unsubscribe"),
    path("watchlists/template.csv", views.template_csv, name="watchlist-template"),
    path(
        "watchlists/control-template.csv",
        views.control_template_csv,
        name="watchlist-control-template",
    ),
    path("watchlists/supplied/", views.take_over, name="list-take-over"),
    path("watchlists/<uuid:pk>/", views.watchlist, name="watchlist"),
    path("watchlists/<uuid:pk>/change/", views.change, name="list-change"),
    path("watchlists/<uuid:pk>/entries/", views.list_entries, name="watchlist-entries"),
    path("watchlists/<uuid:pk>/<int:number>/", views.list_version, name="list-version"),
    path("watchlists/<uuid:pk>/<int:number>/changes.csv", views.changes_csv, name="list-changes"),
    path("lookouts/", views.lookouts, name="lookouts"),
    path("lookouts/new/", views.new, name="lookout-new"),
    path("lookouts/<uuid:pk>/extend/", views.extend, name="lookout-extend"),
    path("lookouts/<uuid:pk>/end/", views.end, name="lookout-end"),
]
