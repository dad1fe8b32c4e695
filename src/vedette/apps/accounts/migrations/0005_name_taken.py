"""Whether a sign-in name is taken, asked across organisations."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_sign_in")]

    operations = [migrations.RunSQL(sql("name_taken"), migrations.RunSQL.noop)]
