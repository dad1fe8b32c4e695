"""Subjects: what every kind of subject has in common."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """Registered as `subjects`; tables are named `subjects_…`."""

    name = "vedette.apps.subjects"
    label = "subjects"
    default_auto_field = "django.db.models.BigAutoField"
