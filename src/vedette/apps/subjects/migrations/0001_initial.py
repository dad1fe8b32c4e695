import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import vedette.apps.columns
import vedette.core.ids
from django.db import migrations, models
from vedette.apps import first_migration


class Migration(first_migration.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("theme", models.CharField(choices=vedette.apps.columns.themes, max_length=20)),
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
                    "id",
                    models.UUIDField(
                        default=vedette.core.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("group_id", models.UUIDField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("fingerprint", models.BinaryField(max_length=16, null=True)),
                ("screened_at", models.DateTimeField(null=True)),
                ("minor", models.BooleanField(db_default=False, default=False)),
                ("restricted", models.BooleanField(db_default=False, default=False)),
                ("rectified", models.BooleanField(db_default=False, default=False)),
                ("screen_again", models.BooleanField(db_default=False, default=False)),
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
            name="Identifier",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("document", "document"),
                            ("phone", "telephone"),
                            ("email", "e-mail"),
                            ("card", "card"),
                            ("address", "address"),
                            ("loyalty", "loyalty number"),
                            ("locator", "locator"),
                            ("person", "name and birth date"),
                            ("agency", "agency"),
                            ("visa", "visa"),
                            ("place", "address"),
                            ("reference", "reference of a declaration"),
                            ("container", "container"),
                            ("party", "name of a party"),
                            ("licence", "number of a licence"),
                            ("bank", "bank reference"),
                            ("vessel", "vessel"),
                            ("vehicle", "vehicle"),
                            ("serial", "serial number"),
                            ("announced", "identifier of a cash announcement"),
                        ],
                        max_length=10,
                    ),
                ),
                ("token", models.BinaryField(max_length=16)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("holder", models.BinaryField(max_length=16, null=True)),
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
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="subjects.subject",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(
                condition=models.Q(("minor", True)), fields=["id"], name="subject_minor"
            ),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(
                condition=models.Q(("restricted", True)),
                fields=["organisation", "id"],
                name="subject_restricted",
            ),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(fields=["group_id"], name="subject_group"),
        ),
        migrations.AddIndex(
            model_name="subject",
            index=models.Index(
                models.F("organisation"),
                django.db.models.functions.comparison.Coalesce("group_id", "id"),
                condition=models.Q(("screen_again", True)),
                name="subject_screen_again",
            ),
        ),
        migrations.AddIndex(
            model_name="identifier",
            index=models.Index(
                fields=["organisation", "token", "at"],
                include=("kind", "subject", "holder"),
                name="identifier_token",
            ),
        ),
        migrations.AddConstraint(
            model_name="identifier",
            constraint=models.UniqueConstraint(
                fields=("subject", "kind", "token"), name="identifier_once"
            ),
        ),
    ]
