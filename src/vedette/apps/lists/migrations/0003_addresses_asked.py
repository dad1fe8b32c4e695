"""Listed addresses are asked of whoever is stored: until now they were asked of nobody."""

from django.db import migrations

ASK = """
    UPDATE knowledge_listentry SET asked = false
    WHERE asked AND until IS NULL AND content @> '{"identifiers": [{"kind": "address"}]}'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0002_draft_asked"),
    ]

    operations = [migrations.RunSQL(ASK, migrations.RunSQL.noop)]
