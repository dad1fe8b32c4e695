"""Accounts: organisations, users, tokens, and the acts they do."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registered as `accounts`; tables are named `accounts_…`."""

    name = "vedette.apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
