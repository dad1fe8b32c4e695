"""The SQL that stands beside the models: side tables, row-level security, functions, triggers."""

from django.apps import AppConfig


class SqlConfig(AppConfig):
    """Registered as `sql`; it has no table of its own. Its migration runs after all others."""

    name = "vedette.apps.sql"
    label = "sql"
