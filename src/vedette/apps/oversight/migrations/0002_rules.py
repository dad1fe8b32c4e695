"""Whose rows, who writes them, and the indexes that the days are counted by."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0001_initial"),
        ("journal", "0002_rules"),
        ("targeting", "0005_scope"),
    ]

    operations = [migrations.RunSQL(sql("oversight_rules"), migrations.RunSQL.noop)]
