"""Reasons and floods of risk profiles; what controls brought, and whose result is confirmed."""

import django.db.models.deletion
import vedette.apps.columns
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_unseen_reasons"),
        ("intake", "0007_identifier_at"),
        ("knowledge", "0002_draft_asked"),
        ("profiles", "0001_initial"),
        ("targeting", "0007_queue_covers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Confirmed",
            fields=[
                (
                    "journey",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="confirmed",
                        serialize=False,
                        to="intake.journey",
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="FloodCount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "theme",
                    models.CharField(
                        choices=[
                            ("passengers", "Passenger controls"),
                            ("global_shield", "Programme Global Shield"),
                            ("strategic", "STCE"),
                            ("small_arms", "SALW"),
                            ("cash", "Terrorist financing"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("terrorism", "Terrorist offences"),
                            ("serious_crime", "Serious crime"),
                            ("border", "Border and customs control"),
                        ],
                        max_length=20,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("landed", models.PositiveIntegerField()),
                ("next_at", models.DateTimeField(null=True)),
                ("since", models.DateTimeField()),
                ("counted_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Result",
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
                (
                    "outcome",
                    models.CharField(
                        choices=[("nothing", "nothing found"), ("confirmed", "confirmed result")],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="hit",
            name="hit_priority",
        ),
        migrations.RemoveIndex(
            model_name="hit",
            name="hit_flood",
        ),
        migrations.RemoveIndex(
            model_name="hit",
            name="hit_queue",
        ),
        migrations.AddField(
            model_name="hit",
            name="flood_profile",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="profiles.profile",
            ),
        ),
        migrations.AddField(
            model_name="reason",
            name="profile_version",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="profiles.version",
            ),
        ),
        migrations.AlterField(
            model_name="reason",
            name="kind",
            field=models.CharField(
                choices=[
                    ("watchlist", "watchlist"),
                    ("lookout", "lookout"),
                    ("disagreement", "messages disagree"),
                    ("profile", "risk profile"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(
                    ("flood__isnull", True),
                    ("flood_profile__isnull", True),
                    ("state__in", ["new", "reopened"]),
                ),
                fields=["organisation", "lands_at", "-priority", "id"],
                include=("claimed_by", "flood", "flood_profile", "theme", "purpose", "unit"),
                name="hit_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(
                    ("flood__isnull", True),
                    ("flood_profile__isnull", True),
                    ("state__in", ["new", "reopened"]),
                ),
                fields=["organisation", "-priority", "lands_at", "id"],
                name="hit_priority",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(
                    ("flood__isnull", True),
                    ("flood_profile__isnull", True),
                    ("state__in", ["new", "reopened"]),
                ),
                fields=["organisation", "-opened_at"],
                name="hit_came",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(("flood__isnull", False), ("state__in", ["new", "reopened"])),
                fields=["organisation", "flood", "lands_at", "-priority", "id"],
                include=("claimed_by", "theme", "purpose", "unit"),
                name="hit_flood",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(
                    ("flood_profile__isnull", False), ("state__in", ["new", "reopened"])
                ),
                fields=["organisation", "flood_profile", "lands_at", "-priority", "id"],
                include=("claimed_by", "theme", "purpose", "unit"),
                name="hit_flood_profile",
            ),
        ),
        migrations.AddIndex(
            model_name="reason",
            index=models.Index(
                condition=models.Q(("profile_version__isnull", False)),
                fields=["profile_version", "created_at"],
                name="reason_of_profile",
            ),
        ),
        migrations.AddField(
            model_name="confirmed",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="floodcount",
            name="claimed_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="floodcount",
            name="flood",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="knowledge.listentry",
            ),
        ),
        migrations.AddField(
            model_name="floodcount",
            name="flood_profile",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="profiles.profile",
            ),
        ),
        migrations.AddField(
            model_name="floodcount",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="floodcount",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.unit",
            ),
        ),
        migrations.AddField(
            model_name="result",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="result",
            name="hit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="results",
                to="targeting.hit",
            ),
        ),
        migrations.AddField(
            model_name="result",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organisation",
            ),
        ),
        migrations.AddIndex(
            model_name="confirmed",
            index=models.Index(fields=["organisation", "since"], name="confirmed_since"),
        ),
    ]
