"""The Django app of the library."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """The configuration of the app.

    The label of the app is `library`, so the tables are named `library_…`.
    """

    name = "vedette.apps.library"
