"""Which entry raised a hit among very many: the queue shows those as one row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0001_initial"),
        ("targeting", "0002_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="hit",
            name="flood",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="knowledge.listentry",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(("flood__isnull", False), ("state__in", ["new", "reopened"])),
                fields=["organisation", "flood"],
                name="hit_flood",
            ),
        ),
    ]
