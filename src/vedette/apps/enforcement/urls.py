"""The URLs of control orders, seizures and detentions."""

from __future__ import annotations

from django.urls import path

from vedette.apps.enforcement import firearm_views, report_views, trace_views, views

urlpatterns = [
    path("controls/", views.controls, name="controls"),
    path("firearms/", firearm_views.listed, name="firearms"),
    path("firearms/export.csv", firearm_views.exported, name="firearm-export"),
    path("firearms/links/", firearm_views.linked, name="firearm-links"),
    path("firearms/template.csv", firearm_views.template, name="firearm-template"),
    path("firearms/<uuid:pk>/", firearm_views.firearm, name="firearm"),
    path("firearms/<uuid:pk>/edit/", firearm_views.edit, name="firearm-edit"),
    path("firearms/<uuid:pk>/strike/", firearm_views.strike, name="firearm-strike"),
    path("firearms/<uuid:pk>/trace/", trace_views.new, name="trace-new"),
    path("seizures/<uuid:pk>/firearms/", firearm_views.new, name="firearm-new"),
    path("seizures/<uuid:pk>/firearms/import/", firearm_views.import_, name="firearm-import"),
    path(
        "seizures/<uuid:pk>/firearms.csv", firearm_views.of_seizure_csv, name="firearm-seizure-csv"
    ),
    path("traces/", trace_views.listed, name="traces"),
    path("traces/<uuid:pk>/", trace_views.trace, name="trace"),
    path("traces/<uuid:pk>/edit/", trace_views.edit, name="trace-edit"),
    path("traces/<uuid:pk>/step/", trace_views.step, name="trace-step"),
    path("traces/<uuid:pk>/export.csv", trace_views.exported, name="trace-csv"),
    path("traces/<uuid:pk>/sheet/", trace_views.sheet, name="trace-sheet"),
    path("reports/arms/", report_views.report, name="arms-report"),
    path("reports/arms.csv", report_views.exported, name="arms-report-csv"),
    path("reports/arms/records/", report_views.rows, name="arms-report-rows"),
]
