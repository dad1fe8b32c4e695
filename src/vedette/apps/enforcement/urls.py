"""The URLs of control orders, seizures and detentions."""

from __future__ import annotations

from django.urls import path

from vedette.apps.enforcement.views import controls, firearms, reports, seizures, tracing

urlpatterns = [
    path("controls/", controls.controls, name="controls"),
    path("controls/<uuid:pk>/", controls.control, name="control"),
    path("controls/<uuid:pk>/field/", controls.field, name="control-field"),
    path("controls/<uuid:pk>/withdraw/", controls.withdraw, name="control-withdraw"),
    path("controls/photos/<uuid:pk>/", controls.photo, name="control-photo"),
    path("hits/<uuid:pk>/control/", controls.order_of_hit, name="control-order"),
    path("draws/<uuid:pk>/control/", controls.order_of_draw, name="control-draw"),
    path("seizures/", seizures.seizures, name="seizures"),
    path("seizures/<uuid:pk>/", seizures.seizure, name="seizure"),
    path("seizures/<uuid:pk>/edit/", seizures.edit, name="seizure-edit"),
    path("seizures/<uuid:pk>/act/", seizures.act, name="seizure-act"),
    path("controls/<uuid:pk>/seizure/", seizures.of_order, name="seizure-of-order"),
    path("hits/<uuid:pk>/seizure/", seizures.of_hit, name="seizure-of-hit"),
    path("firearms/", firearms.listed, name="firearms"),
    path("firearms/export.csv", firearms.exported, name="firearm-export"),
    path("firearms/links/", firearms.linked, name="firearm-links"),
    path("firearms/template.csv", firearms.template, name="firearm-template"),
    path("firearms/<uuid:pk>/", firearms.firearm, name="firearm"),
    path("firearms/<uuid:pk>/edit/", firearms.edit, name="firearm-edit"),
    path("firearms/<uuid:pk>/strike/", firearms.strike, name="firearm-strike"),
    path("firearms/<uuid:pk>/trace/", tracing.new, name="trace-new"),
    path("seizures/<uuid:pk>/firearms/", firearms.new, name="firearm-new"),
    path("seizures/<uuid:pk>/firearms/import/", firearms.import_, name="firearm-import"),
    path("seizures/<uuid:pk>/firearms.csv", firearms.of_seizure_csv, name="firearm-seizure-csv"),
    path("traces/", tracing.listed, name="traces"),
    path("traces/<uuid:pk>/", tracing.trace, name="trace"),
    path("traces/<uuid:pk>/edit/", tracing.edit, name="trace-edit"),
    path("traces/<uuid:pk>/step/", tracing.step, name="trace-step"),
    path("traces/<uuid:pk>/export.csv", tracing.exported, name="trace-csv"),
    path("traces/<uuid:pk>/sheet/", tracing.sheet, name="trace-sheet"),
    path("reports/arms/", reports.report, name="arms-report"),
    path("reports/arms.csv", reports.exported, name="arms-report-csv"),
    path("reports/arms/records/", reports.rows, name="arms-report-rows"),
]
