"""Addresses of the pages of flights and travellers."""

from __future__ import annotations

from django.urls import path

from vedette.travellers.app import views

urlpatterns = [
    path("flights/", views.flights, name="flights"),
    path("flights/carriers/", views.carriers, name="flights-carriers"),
    path("flights/carriers/csv/", views.carriers_csv, name="flights-carriers-csv"),
    path("flights/<uuid:pk>/", views.flight, name="flight"),
    path("flights/<uuid:pk>/resend/", views.resend, name="flight-resend"),
    path("flights/<uuid:pk>/linked/", views.flight_linked, name="flight-linked"),
    path("travellers/", views.travellers, name="travellers"),
    path("travellers/screen/", views.screen, name="screen-person"),
    path("travellers/<uuid:pk>/", views.traveller, name="traveller"),
    path("travellers/<uuid:pk>/shared/", views.shared, name="traveller-shared"),
]
