"""Django configuration of the accounts app: organisations, users, tokens, acts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Label `accounts`; tables are named `accounts_…`."""

    name = "vedette.apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
