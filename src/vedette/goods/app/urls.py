"""The URLs of the pages of declarations and goods items."""

from __future__ import annotations

from django.urls import path

from vedette.goods.app import inspection, views
from vedette.goods.app.finds import views as find_views
from vedette.goods.app.licences import views as licence_views
from vedette.goods.app.notices import views as notice_views
from vedette.goods.app.treaty import views as treaty_views

urlpatterns = [
    path("declarations/", views.declarations, name="declarations"),
    path("declarations/<uuid:pk>/", views.declaration, name="declaration"),
    path("declarations/<uuid:pk>/reply.edi", views.reply, name="declaration-reply"),
    path("goods/lanes/", views.lanes, name="goods-lanes"),
    path("goods/cards/", inspection.card_page, name="goods-cards"),
    path("goods/lanes/results/", views.lanes_results, name="goods-lanes-results"),
    path("goods/trade/", views.trade, name="goods-trade"),
    path("goods/finds/", find_views.listed, name="goods-finds"),
    path("goods/finds/new/", find_views.new, name="goods-find-new"),
    path("goods/finds/<uuid:pk>/", find_views.found, name="goods-find"),
    path("goods/treaty/", treaty_views.treaty, name="goods-treaty"),
    path("goods/treaty/records/", treaty_views.records, name="goods-treaty-rows"),
    path("goods/treaty.csv", treaty_views.exported, name="goods-treaty-csv"),
    path("goods/<uuid:pk>/parties/<int:number>/", views.party, name="goods-party"),
    path("goods/<uuid:pk>/", views.item, name="goods-item"),
    path("licences/", licence_views.licences, name="licences"),
    path("licences/new/", licence_views.new, name="licence-new"),
    path("licences/import/", licence_views.import_, name="licence-import"),
    path("licences/template.csv", licence_views.template, name="licence-template"),
    path("licences/<uuid:pk>/", licence_views.licence, name="licence"),
    path("licences/<uuid:pk>/edit/", licence_views.edit, name="licence-edit"),
    path("notices/", notice_views.listed, name="notices"),
    path("notices/desk/", notice_views.desk, name="notice-desk"),
    path("notices/new/", notice_views.new, name="notice-new"),
    path("notices/<uuid:pk>/", notice_views.notice, name="notice"),
    path("notices/<uuid:pk>/edit/", notice_views.edit, name="notice-edit"),
    path("notices/<uuid:pk>/act/", notice_views.act, name="notice-act"),
]
