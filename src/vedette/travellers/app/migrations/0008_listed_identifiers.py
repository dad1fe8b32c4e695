"""Visas, and the other forms of an address, as identifiers that lists are asked by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0007_identifier_at"),
    ]

    operations = [
        migrations.AlterField(
            model_name="identifier",
            name="kind",
            field=models.CharField(
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
    ]
