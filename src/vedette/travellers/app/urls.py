"""Flights, travellers, messages."""

from __future__ import annotations

from django.urls import path

from vedette.apps.inbox import views
from vedette.travellers.app.views import flights, resends, travellers

urlpatterns = [
    path("flights/", flights.flights, name="flights"),
    path("flights/carriers/", flights.carriers, name="flights-carriers"),
    path("flights/<uuid:pk>/", flights.flight, name="flight"),
    path("flights/<uuid:pk>/resend/", resends.resend, name="flight-resend"),
    path("travellers/", travellers.travellers, name="travellers"),
    path("travellers/purpose/", travellers.purpose_change, name="travellers-purpose"),
    path("travellers/screen/", travellers.screen, name="screen-person"),
    path("travellers/<uuid:pk>/", travellers.traveller, name="traveller"),
    path("travellers/<uuid:pk>/shared/", travellers.shared, name="traveller-shared"),
    path("messages/", views.messages, name="messages"),
    path("messages/try/", views.try_message, name="try-message"),
    path("messages/<uuid:pk>/", views.message, name="message"),
    path("messages/inbox/<uuid:pk>/retry/", views.retry, name="inbox-retry"),
]
