"""URLs for the pages of retention, and for the request to unmask a subject."""

from __future__ import annotations

from django.urls import path

from vedette.apps.retention import views

urlpatterns = [
    path("retention/", views.retention, name="retention"),
    path("retention/change/", views.retention_change, name="retention-change"),
    path("retention/asked/<uuid:pk>/", views.retention_asked, name="retention-asked"),
    path("records/<uuid:pk>/", views.record, name="record"),
    path("records/<uuid:pk>/unmask/", views.unmask_ask, name="unmask-ask"),
]
