"""The URLs of risk profiles."""

from __future__ import annotations

from django.urls import path

from vedette.apps.profiles.views import editor, profiles, vocabulary

_VERSION = "profiles/<uuid:pk>/<int:number>"

urlpatterns = [
    path("profiles/", profiles.profiles, name="profiles"),
    path("profiles/standing/", profiles.standing_report, name="profile-standing"),
    path("profiles/new/", editor.new, name="profile-new"),
    path("profiles/try/", editor.tried, name="profile-try"),
    path("profiles/count/", editor.count, name="profile-count"),
    path("profiles/counts/<uuid:pk>/", editor.count_state, name="profile-count-state"),
    path("profiles/counts/<uuid:pk>/stop/", editor.count_stop, name="profile-count-stop"),
    path("profiles/import/", profiles.bring, name="profile-import"),
    path("profiles/vocabulary/", vocabulary.words, name="profile-vocabulary"),
    path("profiles/lists/", vocabulary.lists, name="profile-lists"),
    path("profiles/lists/edit/", vocabulary.list_edit, name="profile-list"),
    path("profiles/draw/", profiles.draw, name="profile-draw"),
    path("profiles/asked/<uuid:pk>/", profiles.asked, name="profile-asked"),
    path("profiles/backtests/<uuid:pk>/", profiles.state, name="profile-backtest-state"),
    path("profiles/backtests/<uuid:pk>/stop/", profiles.stop, name="profile-backtest-stop"),
    path("profiles/backtests/<uuid:pk>/sample/", profiles.sample, name="profile-sample"),
    path("profiles/<uuid:pk>/", profiles.profile, name="profile"),
    path("profiles/<uuid:pk>/compare/", profiles.compare, name="profile-compare"),
    path("profiles/<uuid:pk>/suspend/", profiles.suspend, name="profile-suspend"),
    path("profiles/<uuid:pk>/resume/", profiles.resume, name="profile-resume"),
    path("profiles/<uuid:pk>/another/", profiles.another, name="profile-another"),
    path(f"{_VERSION}/", profiles.profile, name="profile-version"),
    path(f"{_VERSION}/edit/", editor.edit, name="profile-edit"),
    path(f"{_VERSION}/backtest/", profiles.ask, name="profile-backtest"),
    path(f"{_VERSION}/submit/", profiles.submit, name="profile-submit"),
    path(f"{_VERSION}/take-back/", profiles.take_back, name="profile-take-back"),
    path(f"{_VERSION}/decide/", profiles.decide, name="profile-decide"),
    path(f"{_VERSION}/hear/", profiles.hear, name="profile-hear"),
    path(f"{_VERSION}/shadow/", profiles.shadow, name="profile-shadow"),
    path(f"{_VERSION}/end/", profiles.end, name="profile-end"),
    path(f"{_VERSION}/throw-away/", profiles.throw_away, name="profile-throw-away"),
    path(f"{_VERSION}/profile.yaml", profiles.export, name="profile-export"),
]
