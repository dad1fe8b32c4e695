"""URLs of agreements, releases and received objects."""

from __future__ import annotations

from django.urls import path

from vedette.apps.release import views

urlpatterns = [
    path("agreements/", views.listed, name="agreements"),
    path("agreements/new/", views.new, name="agreement-new"),
    path("agreements/<uuid:pk>/", views.agreement, name="agreement"),
    path("releases/", views.register, name="releases"),
    path("releases/<uuid:pk>/", views.release, name="release"),
    path("releases/<uuid:pk>/recall/", views.recall, name="release-recall"),
    path("received/", views.received, name="received"),
    path("received/<uuid:pk>/", views.copy, name="received-copy"),
    path("received/<uuid:pk>/act/", views.copy_act, name="received-act"),
    path("received/<uuid:pk>/decide/", views.copy_decide, name="received-decide"),
]
