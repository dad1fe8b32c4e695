"""Reasons of decisions, bases and notes move into a side table, where masking finds them."""

from django.db import migrations, models

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("targeting", "0003_flood"),
        ("retention", "0002_tables"),
    ]

    operations = [
        migrations.RunSQL(sql("text_moves"), migrations.RunSQL.noop),
        migrations.RemoveField(model_name="decision", name="why"),
        migrations.RemoveField(model_name="decision", name="basis"),
        migrations.RemoveField(model_name="event", name="text"),
        migrations.RunSQL(sql("text_rewrite"), migrations.RunSQL.noop),
        migrations.CreateModel(
            name="TextClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id",
                        "kind",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("kind", models.CharField(max_length=10)),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("text", models.TextField()),
            ],
            options={"db_table": "targeting_textclear", "managed": False},
        ),
    ]
