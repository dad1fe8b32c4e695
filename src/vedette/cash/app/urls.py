"""The URLs of the pages of cash."""

from __future__ import annotations

from django.urls import include, path

from vedette.cash.app import detentions, views
from vedette.cash.app.figures import views as figures

urlpatterns = [
    path("", include("vedette.cash.app.referral.urls")),
    path("", include("vedette.cash.app.risk.urls")),
    path("cash/", views.movements, name="cash-movements"),
    path("cash/find/", views.find, name="cash-find"),
    path("cash/detentions/", detentions.detentions, name="cash-detentions"),
    path("cash/statistics/", figures.statistics, name="cash-statistics"),
    path("cash/statistics/records/", figures.rows, name="cash-statistics-rows"),
    path("cash/statistics.csv", figures.exported, name="cash-statistics-csv"),
    path("cash/results.csv", figures.exported_results, name="cash-results-csv"),
    path("cash/rates/", views.rates, name="cash-rates"),
    path("cash/rates/import/", views.import_rates, name="cash-rates-import"),
    path("cash/new/", views.new, name="cash-new"),
    path("cash/<uuid:pk>/", views.movement, name="cash-movement"),
    path("cash/<uuid:pk>/accept/", views.accept, name="cash-accept"),
    path("cash/<uuid:pk>/count/", views.count, name="cash-count"),
    path("cash/<uuid:pk>/separate/", views.separate, name="cash-separate"),
    path("cash/<uuid:pk>/detain/", detentions.detain, name="cash-detain"),
    path("cash/<uuid:pk>/extend/", detentions.extend, name="cash-extend"),
    path("cash/<uuid:pk>/receipt/", detentions.receipt, name="cash-receipt"),
]
