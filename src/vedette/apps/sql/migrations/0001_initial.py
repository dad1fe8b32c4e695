"""The hand-written SQL, after the tables of every app."""

from django.db import migrations

from vedette.apps.sql import FILES, sql


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("assistance", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("cooperation", "0001_initial"),
        ("enforcement", "0001_initial"),
        ("hits", "0001_initial"),
        ("inbox", "0001_initial"),
        ("journal", "0001_initial"),
        ("library", "0001_initial"),
        ("links", "0001_initial"),
        ("lists", "0001_initial"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("notices", "0001_initial"),
        ("offline", "0001_initial"),
        ("operations", "0001_initial"),
        ("oversight", "0001_initial"),
        ("profiles", "0001_initial"),
        ("release", "0001_initial"),
        ("requests", "0001_initial"),
        ("retention", "0001_initial"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("subjects", "0001_initial"),
        ("upkeep", "0001_initial"),
    ]

    operations = [migrations.RunSQL(sql(name), migrations.RunSQL.noop) for name in FILES]
