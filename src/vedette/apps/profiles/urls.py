"""Risk profiles."""

from __future__ import annotations

from django.urls import path

from vedette.apps.profiles.views import (
    backtests,
    control,
    editor,
    files,
    profile,
    table,
    words,
)

_VERSION = "profiles/<uuid:pk>/<int:number>"

urlpatterns = [
    path("profiles/", table.profiles, name="profiles"),
    path("profiles/standing/", table.standing_report, name="profile-standing"),
    path("profiles/new/", editor.new, name="profile-new"),
    path("profiles/try/", editor.tried, name="profile-try"),
    path("profiles/count/", editor.count, name="profile-count"),
    path("profiles/counts/<uuid:pk>/", editor.count_state, name="profile-count-state"),
    path("profiles/counts/<uuid:pk>/stop/", editor.count_stop, name="profile-count-stop"),
    path("profiles/import/", files.bring, name="profile-import"),
    path("profiles/vocabulary/", words.words, name="profile-vocabulary"),
    path("profiles/lists/", words.lists, name="profile-lists"),
    path("profiles/lists/edit/", words.list_edit, name="profile-list"),
    path("profiles/draw/", control.draw, name="profile-draw"),
    path("profiles/asked/<uuid:pk>/", profile.asked, name="profile-asked"),
    path("profiles/backtests/<uuid:pk>/", backtests.state, name="profile-backtest-state"),
    path("profiles/backtests/<uuid:pk>/stop/", backtests.stop, name="profile-backtest-stop"),
    path("profiles/backtests/<uuid:pk>/sample/", backtests.sample, name="profile-sample"),
    path("profiles/<uuid:pk>/", profile.profile, name="profile"),
    path("profiles/<uuid:pk>/compare/", profile.compare, name="profile-compare"),
    path("profiles/<uuid:pk>/suspend/", profile.suspend, name="profile-suspend"),
    path("profiles/<uuid:pk>/resume/", profile.resume, name="profile-resume"),
    path("profiles/<uuid:pk>/another/", profile.another, name="profile-another"),
    path(f"{_VERSION}/", profile.version, name="profile-version"),
    path(f"{_VERSION}/edit/", editor.edit, name="profile-edit"),
    path(f"{_VERSION}/backtest/", backtests.ask, name="profile-backtest"),
    path(f"{_VERSION}/submit/", profile.submit, name="profile-submit"),
    path(f"{_VERSION}/take-back/", profile.take_back, name="profile-take-back"),
    path(f"{_VERSION}/decide/", profile.decide, name="profile-decide"),
    path(f"{_VERSION}/hear/", profile.hear, name="profile-hear"),
    path(f"{_VERSION}/shadow/", profile.shadow, name="profile-shadow"),
    path(f"{_VERSION}/end/", profile.end, name="profile-end"),
    path(f"{_VERSION}/throw-away/", profile.throw_away, name="profile-throw-away"),
    path(f"{_VERSION}/profile.yaml", files.export, name="profile-export"),
]
