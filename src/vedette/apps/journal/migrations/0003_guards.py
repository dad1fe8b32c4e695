"""Approvals, broken glass, periods and the owner's functions against raw SQL."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_unseen_reasons"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("journal", "0002_rules"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("oversight", "0002_rules"),
        ("retention", "0002_tables"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("subjects", "0001_initial"),
    ]

    operations = [migrations.RunSQL(sql("guards"), migrations.RunSQL.noop)]
