"""Side tables and their partitions, row-level security, append-only tables, name search."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("intake", "0001_initial"),
        ("knowledge", "0001_initial"),
        ("targeting", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(sql(name), migrations.RunSQL.noop)
        for name in ("side_tables", "row_level_security", "append_only", "search")
    ]
