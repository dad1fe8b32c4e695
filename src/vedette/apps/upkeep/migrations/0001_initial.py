"""Limits on rates, heartbeats of workers, and the one function that monitoring asks."""

from __future__ import annotations

from django.db import migrations, models

import vedette.apps.columns
from vedette.apps.sql import sql


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0002_access"),
        ("intake", "0001_initial"),
        ("targeting", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Beat",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=vedette.apps.columns.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("key", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("rested_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["rested_at"], name="rate_rested")]},
        ),
        migrations.RunSQL(sql("upkeep"), migrations.RunSQL.noop),
    ]
