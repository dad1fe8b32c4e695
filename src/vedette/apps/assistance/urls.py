"""URLs of assistance: requests, missions, diagnostics, plans, training, certificates, experts."""

from __future__ import annotations

from django.urls import path

from vedette.apps.assistance.views import (
    banks,
    diagnostics,
    equipment,
    experts,
    packs,
    plans,
    publishing,
    reports,
    requests,
    results,
    training,
)

urlpatterns = [
    path("assistance/", requests.listed, name="assistance"),
    path("assistance/new/", requests.new, name="assistance-new"),
    path("assistance/<uuid:pk>/", requests.request_page, name="assistance-request"),
    path("assistance/<uuid:pk>/edit/", requests.edit, name="assistance-edit"),
    path("assistance/<uuid:pk>/act/", requests.act, name="assistance-act"),
    path("assistance/<uuid:pk>/mission/", requests.mission, name="assistance-mission"),
    path("assistance/<uuid:pk>/agenda.ics", requests.agenda, name="assistance-agenda"),
    path("assistance/diagnostics/<uuid:pk>/", diagnostics.diagnostic, name="diagnostic"),
    path("assistance/diagnostics/<uuid:pk>/act/", diagnostics.act, name="diagnostic-act"),
    path(
        "assistance/diagnostics/<uuid:pk>/questions/", diagnostics.questions,
        name="diagnostic-questions",
    ),
    path(
        "assistance/diagnostics/<uuid:pk>/questions/<int:number>/", diagnostics.question,
        name="diagnostic-question",
    ),
    path(
        "assistance/diagnostics/<uuid:pk>/difference/", plans.difference, name="diagnostic-difference"
    ),
    path("assistance/diagnostics/<uuid:pk>/report/", reports.report, name="diagnostic-report"),
    path("assistance/diagnostics/<uuid:pk>/report/file/", reports.file, name="diagnostic-report-file"),
    path("assistance/<uuid:pk>/plan/", plans.plan, name="assistance-plan"),
    path("assistance/<uuid:pk>/plan/act/", plans.act, name="assistance-plan-act"),
    path("assistance/<uuid:pk>/experts/", experts.match, name="assistance-experts"),
    path("assistance/<uuid:pk>/publication/", publishing.publication, name="assistance-publication"),
    path("assistance/<uuid:pk>/publication/act/", publishing.act, name="assistance-publication-act"),
    path("assistance/<uuid:pk>/publication/report/", publishing.report, name="assistance-publication-report"),
    path("assistance/<uuid:pk>/publication/iati/", publishing.iati, name="assistance-publication-iati"),
    path("assistance/<uuid:pk>/results/", results.framework, name="assistance-results"),
    path("assistance/<uuid:pk>/results/act/", results.act, name="assistance-results-act"),
    path("assistance/banks/", banks.listed, name="assistance-banks"),
    path("assistance/banks/example/form/", banks.form, name="assistance-example-bank"),
    path("assistance/banks/<uuid:pk>/form/", banks.form, name="assistance-bank-form"),
    path("assistance/actions/<uuid:pk>/", plans.action, name="assistance-action"),
    path("assistance/equipment/", equipment.overview, name="equipment"),
    path("assistance/equipment/<uuid:pk>/", equipment.piece, name="equipment-piece"),
    path("assistance/<uuid:pk>/equipment/", equipment.register, name="assistance-equipment"),
    path("assistance/<uuid:pk>/equipment/record/", equipment.record, name="assistance-equipment-record"),
    path(
        "assistance/<uuid:pk>/equipment/register.csv", equipment.register_csv,
        name="assistance-equipment-file",
    ),
    path("training/", training.listed, name="training"),
    path("training/courses/new/", training.course_new, name="course-new"),
    path("training/courses/<uuid:pk>/", training.course, name="course"),
    path("training/sessions/<uuid:pk>/", training.session, name="training-session"),
    path("training/sessions/<uuid:pk>/act/", training.session_act, name="training-session-act"),
    path("training/sessions/<uuid:pk>/attendance/", training.attendance, name="training-attendance"),
    path("training/sessions/<uuid:pk>/certificate/", training.own_pdf, name="training-own-pdf"),
    path("training/certificates/", training.certificate_list, name="certificates"),
    path("training/certificates/<uuid:pk>/", training.certificate, name="certificate"),
    path("training/certificates/<uuid:pk>/act/", training.certificate_act, name="certificate-act"),
    path("training/certificates/<uuid:pk>/pdf/", training.certificate_pdf, name="certificate-pdf"),
    path("training/checker/", training.check_file, name="certificate-checker"),
    path("training/pack/", packs.pack, name="training-pack"),
    path("training/pack/zip/", packs.pack_zip, name="training-pack-zip"),
    path("roster/", experts.roster, name="roster"),
    path("roster/<uuid:pk>/", experts.expert, name="expert-profile"),
]  # fmt: skip
