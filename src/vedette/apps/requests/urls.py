"""URLs for requests of persons. The name of a URL that returns a file contains `report`, so that
`web/middleware.py` counts the request as an export.
"""

from __future__ import annotations

from django.urls import path

from vedette.apps.requests import views

urlpatterns = [
    path("subjects/", views.subjects, name="subjects"),
    path("subjects/new/", views.subject_new, name="subject-new"),
    path("subjects/<uuid:pk>/", views.subject, name="subject"),
    path("subjects/<uuid:pk>/answer/", views.subject_answer, name="subject-answer-report"),
    path("subjects/<uuid:pk>/full/", views.subject_full, name="subject-full-report"),
    path("subjects/<uuid:pk>/restrict/", views.subject_restrict, name="subject-restrict"),
    path("subjects/<uuid:pk>/rectify/", views.subject_rectify, name="subject-rectify"),
    path("subjects/<uuid:pk>/erase/", views.subject_erase, name="subject-erase"),
]
