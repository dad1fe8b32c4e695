"""The URLs of joint operations."""

from __future__ import annotations

from django.urls import path

from vedette.apps.operations.views import duplicates, final, forms, messages, operations, reports

urlpatterns = [
    path("operations/", operations.operations, name="operations"),
    path("operations/new/", operations.new, name="operation-new"),
    path("operations/<uuid:pk>/", operations.operation, name="operation"),
    path("operations/<uuid:pk>/act/", operations.act, name="operation-act"),
    path("operations/<uuid:pk>/plan/", operations.plan, name="operation-plan"),
    path("operations/<uuid:pk>/readiness/", operations.readiness, name="operation-readiness"),
    path("operations/<uuid:pk>/group/", operations.members, name="operation-group"),
    path("operations/<uuid:pk>/national/", operations.national, name="operation-national"),
    path("operations/<uuid:pk>/messages/", messages.listed, name="operation-messages"),
    path("operations/<uuid:pk>/send/", messages.together, name="operation-send"),
    path("operations/<uuid:pk>/duplicates/", duplicates.listed, name="operation-duplicates"),
    path("operations/<uuid:pk>/duplicates/act/", duplicates.act, name="operation-duplicates-act"),
    path("operations/<uuid:pk>/entry/", messages.entry, name="operation-entry"),
    path("operations/<uuid:pk>/forms/", forms.forms, name="operation-forms"),
    path("operations/<uuid:pk>/forms/xlsform/", forms.exported, name="operation-xlsform"),
    path("operations/<uuid:pk>/reports/", reports.listed, name="operation-reports"),
    path("operations/<uuid:pk>/final/", final.final, name="operation-final"),
    path("operations/<uuid:pk>/final/file/", final.file, name="operation-final-file"),
    path("operations/<uuid:pk>/records/", reports.records, name="operation-records"),
    path("operations/messages/<uuid:pk>/", messages.message, name="operation-message"),
    path("operations/messages/<uuid:pk>/act/", messages.act, name="operation-message-act"),
    path("operations/reports/<uuid:pk>/", reports.sitrep, name="operation-sitrep"),
]
