import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
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
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("kind", models.CharField(max_length=20)),
                ("of_list", models.UUIDField(null=True)),
                ("count", models.PositiveIntegerField()),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "day", "kind", "of_list"),
                        name="figure_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Finding",
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
                ("day", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("own_name", "the user’s own name"),
                            ("colleague", "the name of a colleague"),
                            ("many", "one record viewed by many users"),
                            ("volume", "far more access than usual"),
                            ("hours", "access at unusual hours"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=60)),
                ("params", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "day", "kind", "user", "subject"),
                        name="finding_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Noted",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[("finding", "finding"), ("unmask", "unmasking")], max_length=10
                    ),
                ),
                ("subject", models.UUIDField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("seen", "noted"),
                            ("explained", "explained"),
                            ("followed", "follow-up given"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
                    models.ForeignKey(
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
                    models.Index(fields=["organisation", "about", "subject"], name="noted_of")
                ],
            },
        ),
        migrations.CreateModel(
            name="Rolled",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "day"), name="rolled_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("person", "personal records viewed"),
                            ("search", "searches"),
                            ("group", "whole lists viewed"),
                            ("print", "prints"),
                            ("export", "exports"),
                            ("unmasked", "personal records viewed without masking"),
                        ],
                        max_length=10,
                    ),
                ),
                ("count", models.PositiveIntegerField()),
                (
                    "hours",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(), size=24
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
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "day", "user", "kind"), name="tally_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
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
                ("hit", models.UUIDField()),
                ("decision", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("national", "national authority"),
                            ("member", "passenger information unit of another state"),
                            ("europol", "Europol or another international body"),
                            ("third", "authority of a third state"),
                        ],
                        max_length=10,
                    ),
                ),
                ("receiver", models.CharField(max_length=120)),
                ("country", models.CharField(blank=True, max_length=2)),
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
                ("basis", models.CharField(max_length=200)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
                    models.ForeignKey(
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
                    models.Index(fields=["organisation", "-at"], name="transfer_recent"),
                    models.Index(fields=["hit"], name="transfer_of"),
                ],
            },
        ),
    ]
