"""Sign in, sign out, language and theme."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from vedette.apps.accounts import tokens, views

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("preferences/", views.preferences, name="preferences"),
]
