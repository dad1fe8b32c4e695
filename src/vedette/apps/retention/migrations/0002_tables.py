"""The vault, words beside the spine, what is unmasked; functions for partitions; periods in force."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0001_initial"),
        ("targeting", "0002_rules"),
    ]

    operations = [
        migrations.RunSQL(sql(name), migrations.RunSQL.noop)
        for name in ("retention_tables", "retention_rules")
    ]
