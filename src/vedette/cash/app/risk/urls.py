"""The URLs of the pages of the anonymised risk information."""

from __future__ import annotations

from django.urls import path

from vedette.cash.app.risk import views

urlpatterns = [
    path("risk/", views.risk_forms, name="risk-forms"),
    path("risk/<uuid:pk>/", views.risk_form, name="risk-form"),
    path("risk/<uuid:pk>/risk.csv", views.file, name="risk-file"),
    path("risk/pictures/<uuid:pk>/", views.picture, name="risk-picture"),
]
