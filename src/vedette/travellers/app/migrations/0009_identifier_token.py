"""Tokens are looked up within an organisation."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0008_listed_identifiers"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="identifier", name="identifier_token"),
        migrations.AddIndex(
            model_name="identifier",
            index=models.Index(fields=["organisation", "token"], name="identifier_token"),
        ),
    ]
