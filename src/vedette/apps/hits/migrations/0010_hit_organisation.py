"""A hit belongs to the organisation of its journey and of its flight."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("targeting", "0009_results_rules"),
    ]

    operations = [
        migrations.RunSQL(sql("hit_organisation"), migrations.RunSQL.noop),
    ]
