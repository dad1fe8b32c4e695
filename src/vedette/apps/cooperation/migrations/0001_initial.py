import django.contrib.postgres.fields
import django.db.models.deletion
import vedette.core.ids
from django.conf import settings
from django.db import migrations, models
from vedette.apps import first_migration


class Migration(first_migration.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Contact",
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
                    models.CharField(
                        choices=[
                            ("point", "contact point"),
                            ("deputy", "deputy contact point"),
                            ("region", "regional office"),
                            ("expert", "expert"),
                            ("desk", "partner desk"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=160)),
                ("organisation_name", models.CharField(max_length=200)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("post", models.CharField(blank=True, max_length=160)),
                (
                    "themes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        size=None,
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), size=None
                    ),
                ),
                ("zone", models.CharField(max_length=40)),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), size=None
                    ),
                ),
                ("opens", models.TimeField()),
                ("closes", models.TimeField()),
                ("channel", models.CharField(max_length=200)),
                ("confirmed_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation_name", "name", "id"], name="contact_list"),
                    models.Index(fields=["confirmed_at"], name="contact_to_ask"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("themes", []), _negated=True),
                            models.Q(("languages", []), _negated=True),
                            models.Q(("days", []), _negated=True),
                        ),
                        name="contact_answers",
                    )
                ],
            },
        ),
    ]
