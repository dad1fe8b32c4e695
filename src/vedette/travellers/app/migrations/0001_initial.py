import django.contrib.postgres.fields
import django.db.models.deletion
import vedette.apps.columns
import vedette.core.ids
from django.conf import settings
from django.db import migrations, models
from vedette.apps import first_migration
from vedette.apps.subjects import tables


class Migration(first_migration.Migration):
    initial = True

    dependencies = [
        ("sql", "0001_initial"),
        ("accounts", "0001_initial"),
        ("subjects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BookingClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "booking_id",
                        "flight_id",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("booking_id", models.UUIDField()),
                ("flight_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("state", models.JSONField()),
            ],
            options={
                "db_table": "travellers_bookingclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="JourneyClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "journey_id",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("journey_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("surname", models.TextField(null=True)),
                ("given_names", models.TextField(null=True)),
                ("name_key", models.TextField(null=True)),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "name_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("date_of_birth", models.DateField(null=True)),
                ("birth_period", models.CharField(max_length=7, null=True)),
                ("sex", models.CharField(max_length=1, null=True)),
                ("nationality", models.CharField(max_length=3, null=True)),
                ("document", models.TextField(null=True)),
                ("seat", models.TextField(null=True)),
                ("locator", models.TextField(null=True)),
                ("restricted", models.BooleanField(default=False)),
                ("state", models.JSONField()),
            ],
            options={
                "db_table": "travellers_journeyclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Booking",
            fields=[
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
                ("month", models.DateField()),
                ("received_at", models.DateTimeField()),
                (
                    "theme",
                    models.CharField(
                        choices=vedette.apps.columns.themes, default="passengers", max_length=20
                    ),
                ),
                ("retention_class", models.CharField(default="passenger", max_length=20)),
                (
                    "id",
                    models.UUIDField(
                        default=vedette.core.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("created_on", models.DateField(null=True)),
                ("first_departure", models.DateField(null=True)),
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Flight",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("carrier", models.CharField(max_length=3)),
                ("number", models.CharField(max_length=8)),
                ("origin", models.CharField(blank=True, max_length=3)),
                ("destination", models.CharField(blank=True, max_length=3)),
                ("departs_on", models.DateField()),
                ("departs_local", vedette.apps.columns.LocalDateTimeField(null=True)),
                ("departs_zone", models.CharField(blank=True, max_length=40)),
                ("departs_at", models.DateTimeField(null=True)),
                ("arrives_local", vedette.apps.columns.LocalDateTimeField(null=True)),
                ("arrives_zone", models.CharField(blank=True, max_length=40)),
                ("arrives_at", models.DateTimeField(null=True)),
                ("stated", models.CharField(default="", max_length=100)),
                ("api_count", models.PositiveIntegerField(db_default=0, default=0)),
                ("pnr_count", models.PositiveIntegerField(db_default=0, default=0)),
                ("joined_count", models.PositiveIntegerField(db_default=0, default=0)),
                ("api_at", models.DateTimeField(null=True)),
                ("pnr_at", models.DateTimeField(null=True)),
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
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ResendAsked",
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
                ("at", models.DateTimeField(auto_now_add=True)),
                ("missing", models.JSONField(default=list)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "flight",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="resends_asked",
                        to="travellers.flight",
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
        ),
        migrations.CreateModel(
            name="Traveller",
            fields=[
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
                ("month", models.DateField()),
                ("received_at", models.DateTimeField()),
                (
                    "theme",
                    models.CharField(
                        choices=vedette.apps.columns.themes, default="passengers", max_length=20
                    ),
                ),
                ("retention_class", models.CharField(default="passenger", max_length=20)),
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "booking",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="travellers",
                        to="travellers.booking",
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Journey",
            fields=[
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
                ("month", models.DateField()),
                ("received_at", models.DateTimeField()),
                (
                    "theme",
                    models.CharField(
                        choices=vedette.apps.columns.themes, default="passengers", max_length=20
                    ),
                ),
                ("retention_class", models.CharField(default="passenger", max_length=20)),
                (
                    "subject",
                    models.OneToOneField(
                        db_column="id",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="journey",
                        serialize=False,
                        to="subjects.subject",
                    ),
                ),
                ("role", models.CharField(default="passenger", max_length=12)),
                ("infant", models.BooleanField(default=False)),
                ("placeholder", models.BooleanField(default=False)),
                ("in_api", models.BooleanField(default=False)),
                ("in_pnr", models.BooleanField(default=False)),
                ("present", models.BooleanField(default=True)),
                ("facts", models.JSONField(default=list)),
                (
                    "booking",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="journeys",
                        to="travellers.booking",
                    ),
                ),
                (
                    "flight",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="journeys",
                        to="travellers.flight",
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
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                    ),
                ),
                (
                    "traveller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="journeys",
                        to="travellers.traveller",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BookingLocator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.BinaryField(max_length=16)),
                ("anchor", models.DateField()),
                ("dated", models.BooleanField()),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="locators",
                        to="travellers.booking",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "token", "anchor", "dated"), name="locator_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="flight",
            index=models.Index(fields=["organisation", "arrives_at"], name="flight_arrival"),
        ),
        migrations.AddIndex(
            model_name="flight",
            index=models.Index(
                fields=["organisation", "departs_on", "carrier", "number"], name="flight_number"
            ),
        ),
        *tables.operations(__file__),
    ]
