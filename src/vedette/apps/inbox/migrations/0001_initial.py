import django.db.models.deletion
import vedette.apps.columns
import vedette.apps.inbox.fields
import vedette.core.ids
from django.db import migrations, models
from vedette.apps import first_migration


class Migration(first_migration.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Inbox",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=vedette.core.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("source", models.CharField(max_length=20)),
                (
                    "submitter",
                    models.CharField(db_default="operator", default="operator", max_length=60),
                ),
                ("name", vedette.apps.inbox.fields.LockedTextField(blank=True)),
                ("size", models.PositiveIntegerField()),
                ("token", models.BinaryField(max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("done", "read"),
                            ("duplicate", "duplicate"),
                            ("failed", "not readable"),
                            ("quarantined", "set aside"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("deaths", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("holder", models.UUIDField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("sealed", models.BinaryField(null=True)),
                ("failure", models.JSONField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
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
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=vedette.core.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("group_id", models.UUIDField(null=True)),
                ("number", models.PositiveIntegerField()),
                ("format", models.CharField(max_length=20)),
                ("function", models.CharField(blank=True, max_length=20)),
                (
                    "sub_function",
                    models.CharField(blank=True, db_default="", default="", max_length=10),
                ),
                ("sender", models.CharField(blank=True, max_length=70)),
                ("recipient", models.CharField(blank=True, max_length=70)),
                ("interchange_ref", models.CharField(blank=True, max_length=70)),
                ("message_ref", models.CharField(blank=True, max_length=70)),
                ("common_access_ref", models.CharField(blank=True, max_length=70)),
                ("sequence", models.PositiveIntegerField(null=True)),
                ("last", models.BooleanField(null=True)),
                ("release", models.CharField(blank=True, max_length=20)),
                ("prepared_at", vedette.apps.columns.LocalDateTimeField(null=True)),
                ("received_at", models.DateTimeField()),
                ("token", models.BinaryField(max_length=16)),
                ("parser_version", models.CharField(max_length=20)),
                ("counts", models.JSONField(default=dict)),
                ("warnings", models.JSONField(default=list)),
                ("unread", models.JSONField(default=list)),
                ("warning_count", models.PositiveIntegerField(default=0)),
                (
                    "inbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="inbox.inbox",
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
                (
                    "resend_of",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inbox.message",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("received_at", models.DateTimeField()),
                ("again_at", models.DateTimeField(null=True)),
                ("slot", models.PositiveIntegerField(unique=True)),
                ("size", models.PositiveIntegerField()),
                ("sealed", models.BinaryField(max_length=65536)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DroppedCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sender", models.CharField(max_length=70)),
                ("day", models.DateField()),
                ("kind", models.CharField(max_length=20)),
                ("count", models.PositiveIntegerField(default=0)),
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
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "sender", "day", "kind"), name="dropped_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="inbox",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["received_at"],
                name="inbox_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="inbox",
            index=models.Index(fields=["organisation", "-received_at"], name="inbox_recent"),
        ),
        migrations.AddConstraint(
            model_name="inbox",
            constraint=models.UniqueConstraint(fields=("organisation", "token"), name="inbox_once"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["group_id", "received_at"], name="message_group"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["organisation", "-received_at"], name="message_recent"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resend_of", None)),
                fields=("organisation", "token"),
                name="message_once",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["organisation", "received_at"], name="submission_order"),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__gt", 0), ("size__lt", 65536)), name="submission_size"
            ),
        ),
    ]
