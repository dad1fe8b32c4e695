"""The app of the hand-written SQL: side tables, row-level security, functions, triggers."""

from django.apps import AppConfig


class SqlConfig(AppConfig):
    """Registered as `sql`; it has no models. Its migration runs after those of the other shared apps and
    before those of the kinds."""

    name = "vedette.apps.sql"
    label = "sql"
