"""The URLs of the directory of contacts, of officials, and of requests to other administrations."""

from __future__ import annotations

from django.urls import path

from vedette.apps.cooperation.views import contacts, mutual, officials

urlpatterns = [
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/new/", contacts.new, name="contact-new"),
    path("contacts/<uuid:pk>/", contacts.contact, name="contact"),
    path("mutual/", mutual.listed, name="mutual"),
    path("mutual/new/", mutual.new, name="mutual-new"),
    path("mutual/csv/", mutual.csv, name="mutual-csv"),
    path("mutual/officials/", officials.listed, name="mutual-officials"),
    path("mutual/<uuid:pk>/", mutual.request_page, name="mutual-request"),
    path("mutual/<uuid:pk>/edit/", mutual.edit, name="mutual-edit"),
    path("mutual/<uuid:pk>/act/", mutual.act, name="mutual-act"),
    path("mutual/<uuid:pk>/answer/", mutual.answer, name="mutual-answer"),
]
