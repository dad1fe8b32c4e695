"""Words of decisions and entries of lists are kept against raw SQL."""

from django.db import migrations

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0004_leaving"),
        ("knowledge", "0002_draft_asked"),
        ("targeting", "0009_results_rules"),
    ]

    operations = [
        migrations.RunSQL(sql("journal_words"), migrations.RunSQL.noop),
        migrations.RunSQL(sql("journal_entries"), migrations.RunSQL.noop),
    ]
