"""The URLs of the public cash form. No URL contains a value of a form."""

from __future__ import annotations

from django.urls import path, re_path

from vedette.cash.public import views

_LANGUAGE = "(?P<language>fr|en|es|ar)"

urlpatterns = [
    path("", views.start, name="start"),
    path("healthz", views.alive, name="alive"),
    path("form.css", views.style, name="style"),
    re_path(rf"^{_LANGUAGE}/$", views.start, name="start"),
    re_path(rf"^{_LANGUAGE}/form/$", views.form, name="form"),
    re_path(rf"^{_LANGUAGE}/data/$", views.data, name="data"),
]
handler400 = "vedette.cash.public.views.refused"
handler404 = "vedette.cash.public.views.not_found"
handler500 = "vedette.cash.public.views.failed"
