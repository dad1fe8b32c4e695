"""The URLs of the queue and of hits."""

from __future__ import annotations

from django.urls import path

from vedette.apps.desk import home, linked, notifications, views

urlpatterns = [
    path("", views.queue, name="queue"),
    path("home/", home.home, name="home"),
    path("queue/changes/", views.queue_changes, name="queue-changes"),
    path("queue/open/", views.queue_open, name="queue-open"),
    path("queue/next/", views.take_next, name="take-next"),
    path("queue/decided/", views.decided, name="queue-decided"),
    path("statistics/", views.statistics, name="statistics"),
    path("statistics.csv", views.statistics_csv, name="statistics-csv"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.read, name="notifications-read"),
    path("notifications/menu/", notifications.menu, name="notification-menu"),
    path("notifications/count/", notifications.count, name="notification-count"),
    path("notifications/e-mail/", notifications.mail, name="notifications-mail"),
    path("notifications/<uuid:pk>/", notifications.opened, name="notification"),
    path("search/", views.search, name="search"),
    path("hits/<uuid:pk>/", views.hit, name="hit"),
    path("hits/<uuid:pk>/decide/", views.hit_decide, name="hit-decide"),
    path("hits/<uuid:pk>/linked/", linked.page, name="linked"),
    path("hits/<uuid:pk>/linked/decide/", linked.decide, name="linked-decide"),
    path("hits/<uuid:pk>/claim/", views.hit_claim, name="hit-claim"),
    path("hits/<uuid:pk>/claimed/", views.hit_claimed, name="hit-claimed"),
    path("hits/<uuid:pk>/note/", views.hit_note, name="hit-note"),
    path("hits/<uuid:pk>/reopen/", views.hit_reopen, name="hit-reopen"),
    path("hits/<uuid:pk>/result/", views.hit_result, name="hit-result"),
    path("hits/<uuid:pk>/sheet/", views.hit_sheet, name="hit-sheet"),
]
