"""URLs of messages and of files of the inbox."""

from __future__ import annotations

from django.urls import path

from vedette.apps.inbox import views

urlpatterns = [
    path("messages/", views.messages, name="messages"),
    path("messages/try/", views.try_message, name="try-message"),
    path("messages/<uuid:pk>/", views.message, name="message"),
    path("messages/inbox/<uuid:pk>/retry/", views.retry, name="inbox-retry"),
]
