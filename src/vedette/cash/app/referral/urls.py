"""The URLs of the pages of the referral to the financial intelligence unit."""

from __future__ import annotations

from django.urls import path

from vedette.cash.app.referral import views

urlpatterns = [
    path("cash/<uuid:pk>/suspicion/", views.of_movement, name="cash-suspicion"),
    path("suspicions/", views.suspicions, name="suspicions"),
    path("suspicions/<uuid:pk>/", views.suspicion, name="suspicion"),
    path("suspicions/<uuid:pk>/report.xml", views.file, name="suspicion-file"),
    path("batches/", views.batch_list, name="batches"),
    path("batches/late/", views.late, name="batches-late"),
    path("batches/<uuid:pk>/", views.batch, name="batch"),
    path("batches/<uuid:pk>/batch.csv", views.batch_file, name="batch-file"),
    path("intelligence-unit/", views.setup, name="fiu-setup"),
]
