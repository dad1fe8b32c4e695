import django.db.models.functions.datetime
from django.db import migrations, models
from vedette.apps import first_migration


class Migration(first_migration.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("row_id", models.CharField(max_length=36)),
                ("gone", models.BooleanField(default=False)),
                ("proof", models.BinaryField(null=True)),
                (
                    "since",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("row_id", models.CharField(max_length=36)),
                ("gone", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("epoch", models.PositiveSmallIntegerField()),
                ("words", models.BinaryField(null=True)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "row_id", "gone"), name="sealed_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Setting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("organisation_id", models.UUIDField(null=True)),
                ("user_id", models.UUIDField(null=True)),
                ("thing", models.CharField(max_length=20)),
                ("row_id", models.CharField(max_length=36)),
                ("deed", models.CharField(max_length=6)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation_id", "-id"], name="setting_recent"),
                    models.Index(fields=["thing", "row_id", "-id"], name="setting_of"),
                ],
            },
        ),
    ]
