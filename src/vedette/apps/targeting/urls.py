"""The queue and the hit."""

from __future__ import annotations

from django.urls import path

from vedette.apps.targeting import views

urlpatterns = [path("", views.queue, name="queue")]
