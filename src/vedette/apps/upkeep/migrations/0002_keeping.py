"""Figures of the journal and of retention, for monitoring."""

from __future__ import annotations

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("upkeep", "0001_initial"),
        ("journal", "0002_rules"),
        ("retention", "0002_tables"),
    ]

    operations = [migrations.RunSQL(sql("upkeep_keeping"), migrations.RunSQL.noop)]
