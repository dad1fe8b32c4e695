"""Who is kept for an objective link is worked on: what is written of him needs partitions to stand in."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0002_tables"),
        ("profiles", "0002_rules"),
    ]

    operations = [
        # No months: those of the linked are long past, and all they need is the rest.
        migrations.RunSQL(
            "SELECT vedette_make_partitions('linked', now()::date, 0)", migrations.RunSQL.noop
        ),
    ]
