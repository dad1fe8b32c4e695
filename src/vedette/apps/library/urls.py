"""URLs of the library."""

from __future__ import annotations

from django.urls import path

from vedette.apps.library import views

urlpatterns = [
    path("library/", views.listed, name="library"),
    path("library/new/", views.new, name="library-new"),
    path("library/beside/", views.beside, name="library-beside"),
    path("library/groups/", views.groups, name="library-groups"),
    path("library/<uuid:pk>/", views.item, name="library-item"),
    path("library/<uuid:pk>/edit/", views.edit, name="library-edit"),
    path("library/<uuid:pk>/version/", views.version, name="library-version"),
    path("library/<uuid:pk>/act/", views.act, name="library-act"),
    path("library/<uuid:pk>/helps/", views.helps, name="library-helps"),
    path("library/files/<uuid:pk>/", views.file, name="library-file"),
]
