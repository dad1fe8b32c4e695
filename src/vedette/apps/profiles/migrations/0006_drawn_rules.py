"""Row-level security and grants of who is drawn, and the rates of before this was kept."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [("profiles", "0005_drawn")]

    operations = [
        migrations.RunSQL(sql("profiles_drawn"), migrations.RunSQL.noop),
    ]
