"""The unit of a hit; row-level security by unit, theme and purpose; the name search that applies it."""

import django.db.models.deletion
from django.db import migrations, models

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_sign_in"),
        ("intake", "0003_units"),
        ("knowledge", "0001_initial"),
        ("retention", "0002_tables"),
        ("targeting", "0004_words_beside"),
    ]

    operations = [
        migrations.AddField(
            "hit",
            "unit",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.unit",
            ),
        ),
        migrations.RunSQL(sql("scope"), migrations.RunSQL.noop),
    ]
