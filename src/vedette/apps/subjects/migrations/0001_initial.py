import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("travellers", "0001_initial"),
    ]

    operations = [
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
                        ],
                        max_length=10,
                    ),
                ),
                ("token", models.BinaryField(max_length=16)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "journey",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="travellers.journey",
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
                    models.Index(fields=["organisation", "token"], name="identifier_token")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("journey", "kind", "token"), name="identifier_once"
                    )
                ],
            },
        ),
    ]
