"""Addresses of the pages of cash."""

from __future__ import annotations

from django.urls import path

from vedette.cash.app import views

urlpatterns = [
    path("cash/", views.movements, name="cash-movements"),
    path("cash/find/", views.find, name="cash-find"),
    path("cash/new/", views.new, name="cash-new"),
    path("cash/<uuid:pk>/", views.movement, name="cash-movement"),
    path("cash/<uuid:pk>/accept/", views.accept, name="cash-accept"),
    path("cash/<uuid:pk>/count/", views.count, name="cash-count"),
]
