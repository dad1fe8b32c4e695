"""Row-level security of results; confirmed journeys; what goes with a hit or a journey."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("targeting", "0008_profiles"),
    ]

    operations = [
        migrations.RunSQL(sql("results_rules"), migrations.RunSQL.noop),
    ]
