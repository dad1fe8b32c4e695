"""What goes by law goes with a proof."""

from django.db import migrations, models

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_guards")]

    operations = [
        migrations.AddField("pending", "proof", models.BinaryField(null=True)),
        migrations.RunSQL(sql("journal_leaving"), migrations.RunSQL.noop),
    ]
