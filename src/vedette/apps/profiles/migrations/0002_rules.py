"""Row-level security, what may not change, and the partitions of known values."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0001_initial"),
        ("retention", "0002_tables"),
        ("subjects", "0001_initial"),
        # Its function that makes deletions cascade.
        ("targeting", "0009_results_rules"),
    ]

    operations = [
        migrations.RunSQL(sql("profiles_rules"), migrations.RunSQL.noop),
    ]
