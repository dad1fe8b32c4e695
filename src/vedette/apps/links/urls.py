"""The URLs of links and of the purpose matrix."""

from __future__ import annotations

from django.urls import path

from vedette.apps.links import views

urlpatterns = [
    path("links/matrix/", views.matrix, name="matrix"),
    path("links/matrix/<uuid:pk>/", views.asked, name="matrix-asked"),
    path("links/<uuid:pk>/", views.links, name="links"),
    path("links/<uuid:pk>/split/", views.split, name="links-split"),
    path("links/<uuid:pk>/clear/", views.clear, name="links-clear"),
    path("links/<uuid:pk>/offence/", views.offence, name="links-offence"),
]
