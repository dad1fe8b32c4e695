"""What was carried out for persons, on its way to the list outside the database."""

import django.contrib.postgres.fields
from django.db import migrations, models

import vedette.core.ids
from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("subjects", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Carried",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=vedette.core.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(max_length=12),
                ),
                (
                    "journeys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RunSQL(sql("subjects_ledger"), migrations.RunSQL.noop),
    ]
