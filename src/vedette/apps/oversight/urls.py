"""URLs for oversight: accesses, statistics, current state, report, export of the journal, and
transfers.
"""

from __future__ import annotations

from django.urls import path

from vedette.apps.oversight import views

urlpatterns = [
    path("oversight/", views.oversight, name="oversight"),
    path("oversight/statistics/", views.statistics, name="oversight-statistics"),
    path("oversight/state/", views.state, name="oversight-state"),
    path("oversight/report/", views.report_page, name="oversight-report"),
    path("oversight/report.pdf", views.report_pdf, name="oversight-pdf"),
    path("oversight/report.csv", views.report_csv, name="oversight-csv"),
    path("journal/acts.csv", views.acts_csv, name="journal-csv"),
    path("oversight/note/", views.note, name="oversight-note"),
    path("hits/<uuid:pk>/transfers/", views.transfers, name="transfers"),
]
