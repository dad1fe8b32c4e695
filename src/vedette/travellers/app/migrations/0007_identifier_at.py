"""When an identifier was first stated; name and birth date, and agency, as identifiers."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0006_subjects"),
    ]

    operations = [
        migrations.AddField(
            model_name="identifier",
            name="at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
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
                ],
                max_length=10,
            ),
        ),
    ]
