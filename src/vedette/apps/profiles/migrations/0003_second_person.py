"""Who wrote any of a version never approves it."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [("profiles", "0002_rules")]

    operations = [
        migrations.RunSQL(sql("profiles_second_person"), migrations.RunSQL.noop),
    ]
