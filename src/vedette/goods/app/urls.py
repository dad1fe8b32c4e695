"""Addresses of the pages of declarations and goods items."""

from __future__ import annotations

from django.urls import path

from vedette.goods.app import views

urlpatterns = [
    path("declarations/", views.declarations, name="declarations"),
    path("declarations/<uuid:pk>/", views.declaration, name="declaration"),
    path("goods/lanes/", views.lanes, name="goods-lanes"),
    path("goods/trade/", views.trade, name="goods-trade"),
    path("goods/<uuid:pk>/parties/<int:number>/", views.party, name="goods-party"),
    path("goods/<uuid:pk>/", views.item, name="goods-item"),
]
