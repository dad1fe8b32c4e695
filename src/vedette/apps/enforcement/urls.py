"""The URLs of control orders, seizures and detentions."""

from __future__ import annotations

from django.urls import path

from vedette.apps.enforcement.views import controls, reachback

urlpatterns = [
    path("controls/", controls.controls, name="controls"),
    path("questions/", reachback.questions, name="questions"),
    path("questions/experts/", reachback.experts, name="experts"),
    path("questions/<uuid:pk>/", reachback.question, name="question"),
    path("questions/<uuid:pk>/act/", reachback.act, name="question-act"),
    path("questions/<uuid:pk>/photos/<uuid:record>/", reachback.photo, name="question-photo"),
    path("hits/<uuid:pk>/question/", reachback.ask_of_hit, name="question-of-hit"),
    path("controls/<uuid:pk>/question/", reachback.ask_of_control, name="question-of-control"),
    path("seizures/<uuid:pk>/question/", reachback.ask_of_seizure, name="question-of-seizure"),
]
