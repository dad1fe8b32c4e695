"""That a carrier was asked to send a flight's messages again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import vedette.apps.columns
from vedette.apps.sql import sql


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0003_units"),
        # Where the scope of row-level security is defined.
        ("targeting", "0002_rules"),
        ("accounts", "0004_sign_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="ResendAsked",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=vedette.apps.columns.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("missing", models.JSONField(default=list)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "flight",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="resends_asked",
                        to="intake.flight",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(sql("resend_asked"), migrations.RunSQL.noop),
    ]
