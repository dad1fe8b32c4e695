"""Which versions a code list stands for, and that it was changed."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [("profiles", "0003_second_person")]

    operations = [
        migrations.RunSQL(sql("profiles_lists"), migrations.RunSQL.noop),
    ]
