"""Addresses of the pages of flights and travellers."""

from __future__ import annotations

from django.urls import path

from vedette.travellers.app.views import flights, travellers

urlpatterns = [
    path("flights/", flights.flights, name="flights"),
    path("flights/carriers/", flights.carriers, name="flights-carriers"),
    path("flights/<uuid:pk>/", flights.flight, name="flight"),
    path("flights/<uuid:pk>/resend/", flights.resend, name="flight-resend"),
    path("travellers/", travellers.travellers, name="travellers"),
    path("travellers/screen/", travellers.screen, name="screen-person"),
    path("travellers/<uuid:pk>/", travellers.traveller, name="traveller"),
    path("travellers/<uuid:pk>/shared/", travellers.shared, name="traveller-shared"),
]
