"""Cooperation between administrations."""

from django.apps import AppConfig


class CooperationConfig(AppConfig):
    """The configuration of the app. Its label is `cooperation`, so its tables are named `cooperation_…`."""

    name = "vedette.apps.cooperation"
