"""Who sees that unmasking somebody is asked for: those who see that traveller."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_made_by_oneself"),
        ("targeting", "0005_scope"),
    ]

    operations = [migrations.RunSQL(sql("approval_scope"), migrations.RunSQL.noop)]
