import django.db.models.deletion
from django.db import migrations, models

import vedette.apps.columns
from vedette.apps.subjects import tables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("sql", "0001_initial"),
        ("subjects", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ParcelClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "parcel_id",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("parcel_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("reference", models.TextField()),
                ("surname", models.TextField()),
                ("given_names", models.TextField()),
                ("date_of_birth", models.DateField(null=True)),
                ("document", models.TextField()),
                ("contents", models.TextField()),
                ("weight_kg", models.FloatField(null=True)),
                ("arrives", models.DateTimeField(null=True)),
                ("restricted", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "parcels_parcelclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Parcel",
            fields=[
                (
                    "theme",
                    models.CharField(
                        choices=vedette.apps.columns.themes,
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
                        default="border",
                        max_length=20,
                    ),
                ),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("received_at", models.DateTimeField()),
                (
                    "subject",
                    models.OneToOneField(
                        db_column="id",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="parcel",
                        serialize=False,
                        to="subjects.subject",
                    ),
                ),
                ("stated", models.CharField(max_length=100)),
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
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        *tables.operations(__file__),
    ]
