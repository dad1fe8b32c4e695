"""URLs for approvals and emergency access."""

from __future__ import annotations

from django.urls import path

from vedette.apps.approvals import views

urlpatterns = [
    path("approvals/", views.approvals, name="approvals"),
    path("approvals/export/", views.export_ask, name="export-ask"),
    path("approvals/<uuid:pk>/", views.approval, name="approval"),
    path("glass/", views.glass_page, name="glass"),
    path("glass/mend/", views.mend, name="glass-mend"),
    path("glass/<uuid:pk>/", views.glass_review, name="glass-review"),
]
