"""The hand-written SQL of travellers, and the functions that are generated from the declared tables."""

from pathlib import Path

from django.db import migrations

from vedette.apps.sql import sql
from vedette.apps.subjects import tables

_SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("travellers", "0001_initial"), ("sql", "0001_initial")]

    operations = [
        *(
            migrations.RunSQL(sql(name, _SQL), migrations.RunSQL.noop)
            for name in ("tables", "units")
        ),
        migrations.RunPython(tables.install, migrations.RunPython.noop),
    ]
