"""The Django app of the library."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """The configuration of the app. Its label is `library`, so its tables are named `library_…`."""

    name = "vedette.apps.library"
