"""The URLs of control orders, seizures and detentions."""

from __future__ import annotations

from django.urls import path

from vedette.apps.enforcement import views

urlpatterns = [
    path("controls/", views.controls, name="controls"),
]
