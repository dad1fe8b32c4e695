"""Words beside the spine may be restricted; the column itself is made in `subjects.sql`."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("targeting", "0005_scope"),
    ]

    operations = [
        migrations.AddField("textclear", "restricted", models.BooleanField(default=False)),
    ]
