"""URLs: sign in, sign out, language and theme."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from vedette.apps.accounts import entry_urls, home, staff, tokens, views
from vedette.apps.accounts.rules import signed_in

urlpatterns = [
    *entry_urls.urlpatterns,
    path("logout/", signed_in(LogoutView.as_view()), name="logout"),
    path("home/", home.home, name="home"),
    path("users/", staff.users, name="users"),
    path("users/<uuid:pk>/", staff.user, name="user"),
    path("users/<uuid:pk>/suspend/", staff.suspend, name="user-suspend"),
    path("units/", staff.units, name="units"),
    path("units/new/", staff.unit_new, name="unit-new"),
    path("units/<uuid:pk>/", staff.unit, name="unit"),
    path("account/tokens/", tokens.own_tokens, name="own-tokens"),
    path("account/tokens/<uuid:pk>/end/", tokens.end_own, name="own-token-end"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("preferences/", views.preferences, name="preferences"),
]
