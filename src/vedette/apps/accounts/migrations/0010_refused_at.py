"""Refusals tell at which account; acts of no account are read by who watches over the administration."""

from django.db import migrations, models

from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_code_list_approval"), ("upkeep", "0002_keeping")]

    operations = [
        migrations.RemoveConstraint("refusal", "refusal_minute"),
        migrations.AddField("refusal", "about", models.UUIDField(null=True)),
        migrations.AddConstraint(
            "refusal",
            models.UniqueConstraint(
                fields=["act", "minute", "about"], name="refusal_minute", nulls_distinct=False
            ),
        ),
        migrations.RunSQL(sql("refused_at"), migrations.RunSQL.noop),
    ]
