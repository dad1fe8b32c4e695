"""The URLs of the directory of contacts."""

from __future__ import annotations

from django.urls import path

from vedette.apps.cooperation import views

urlpatterns = [
    path("contacts/", views.contacts, name="contacts"),
    path("contacts/new/", views.new, name="contact-new"),
    path("contacts/<uuid:pk>/", views.contact, name="contact"),
]
