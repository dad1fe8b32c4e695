"""The URLs of risk profiles."""

from __future__ import annotations

from django.urls import path

from vedette.apps.profiles import editor, views

_VERSION = "profiles/<uuid:pk>/<int:number>"

urlpatterns = [
    path("profiles/", views.profiles, name="profiles"),
    path("profiles/standing/", views.standing_report, name="profile-standing"),
    path("profiles/new/", editor.edit, name="profile-new"),
    path("profiles/try/", editor.tried, name="profile-try"),
    path("profiles/count/", editor.count, name="profile-count"),
    path("profiles/counts/<uuid:pk>/", editor.count_state, name="profile-count-state"),
    path("profiles/counts/<uuid:pk>/stop/", editor.count_stop, name="profile-count-stop"),
    path("profiles/import/", views.bring, name="profile-import"),
    path("profiles/vocabulary/", views.words, name="profile-vocabulary"),
    path("profiles/lists/", views.lists, name="profile-lists"),
    path("profiles/lists/edit/", views.list_edit, name="profile-list"),
    path("profiles/draw/", views.draw, name="profile-draw"),
    path("profiles/asked/<uuid:pk>/", views.asked, name="profile-asked"),
    path("profiles/backtests/<uuid:pk>/", views.state, name="profile-backtest-state"),
    path("profiles/backtests/<uuid:pk>/stop/", views.stop, name="profile-backtest-stop"),
    path("profiles/backtests/<uuid:pk>/sample/", views.sample, name="profile-sample"),
    path("profiles/<uuid:pk>/", views.profile, name="profile"),
    path("profiles/<uuid:pk>/compare/", views.compare, name="profile-compare"),
    path("profiles/<uuid:pk>/suspend/", views.suspend, name="profile-suspend"),
    path("profiles/<uuid:pk>/resume/", views.resume, name="profile-resume"),
    path("profiles/<uuid:pk>/another/", views.another, name="profile-another"),
    path(f"{_VERSION}/", views.profile, name="profile-version"),
    path(f"{_VERSION}/edit/", editor.edit, name="profile-edit"),
    path(f"{_VERSION}/backtest/", views.ask, name="profile-backtest"),
    path(f"{_VERSION}/submit/", views.submit, name="profile-submit"),
    path(f"{_VERSION}/take-back/", views.take_back, name="profile-take-back"),
    path(f"{_VERSION}/decide/", views.decide, name="profile-decide"),
    path(f"{_VERSION}/hear/", views.hear, name="profile-hear"),
    path(f"{_VERSION}/shadow/", views.shadow, name="profile-shadow"),
    path(f"{_VERSION}/end/", views.end, name="profile-end"),
    path(f"{_VERSION}/throw-away/", views.throw_away, name="profile-throw-away"),
    path(f"{_VERSION}/profile.yaml", views.export, name="profile-export"),
]
