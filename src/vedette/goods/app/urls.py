"""Addresses of the pages of declarations and goods items."""

from __future__ import annotations

from django.urls import path

from vedette.goods.app import views

urlpatterns = [
    path("declarations/", views.declarations, name="declarations"),
    path("declarations/<uuid:pk>/", views.declaration, name="declaration"),
    path("goods/<uuid:pk>/", views.item, name="goods-item"),
]
