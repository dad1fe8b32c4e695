"""How many open reasons of a hit lie outside the reader's themes and purposes."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_name_taken"),
        ("targeting", "0005_scope"),
    ]

    operations = [migrations.RunSQL(sql("unseen_reasons"), migrations.RunSQL.noop)]
