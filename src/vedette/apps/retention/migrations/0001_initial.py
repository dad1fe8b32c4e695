import django.contrib.postgres.fields
import django.db.models.deletion
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
            name="Masking",
            fields=[
                ("apart", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("parent", models.CharField(max_length=40)),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField(null=True)),
                ("total", models.PositiveBigIntegerField()),
                ("block", models.PositiveBigIntegerField(default=0)),
                ("copied", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Run",
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
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("until", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "running"),
                            ("done", "done"),
                            ("refused", "refused"),
                            ("failed", "failed"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [models.Index(fields=["-started_at"], name="run_recent")],
            },
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("masked", "masked"),
                            ("kept", "kept for an objective link"),
                            ("deleted", "deleted"),
                            ("destroyed", "key destroyed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("table", models.CharField(max_length=63)),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("rows", models.PositiveBigIntegerField(default=0)),
                ("key_id", models.CharField(blank=True, max_length=60)),
                ("counts", models.JSONField(default=dict)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proofs",
                        to="retention.run",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RetentionProfile",
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
                ("retention_class", models.CharField(max_length=20)),
                ("version", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=100)),
                ("template", models.CharField(max_length=20)),
                (
                    "trigger",
                    models.CharField(
                        choices=[("receipt", "receipt"), ("departure", "departure")], max_length=10
                    ),
                ),
                ("mask_after", models.PositiveIntegerField()),
                ("delete_after", models.PositiveIntegerField()),
                ("keep_after", models.PositiveIntegerField()),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                ("basis", models.CharField(max_length=300)),
                ("source", models.CharField(max_length=300)),
                ("active_from", models.DateField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "approval",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.approval",
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
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "retention_class", "version"),
                        name="retention_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("mask_after__lte", models.F("delete_after")),
                            ("delete_after__lte", models.F("keep_after")),
                        ),
                        name="retention_in_order",
                    ),
                ],
            },
        ),
    ]
