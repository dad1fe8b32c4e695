"""Triggers that leave notes for the sealer, guards, the history of settings, row-level security."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0001_initial"),
        ("accounts", "0002_access"),
        ("knowledge", "0001_initial"),
        ("targeting", "0004_words_beside"),
    ]

    operations = [migrations.RunSQL(sql("journal_rules"), migrations.RunSQL.noop)]
