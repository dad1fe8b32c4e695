"""Words about lookouts that are gone go from the files of their tables as well."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0003_addresses_asked"),
    ]

    operations = [
        migrations.RunSQL(sql("lookout_rewrite"), migrations.RunSQL.noop),
    ]
