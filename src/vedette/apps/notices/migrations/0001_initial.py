import django.db.models.deletion
import django.db.models.functions.datetime
import vedette.core.ids
from django.conf import settings
from django.db import migrations, models
from vedette.apps import first_migration


class Migration(first_migration.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("hits", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("address", models.EmailField(max_length=254)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("code", models.CharField(blank=True, db_default="", max_length=6)),
                ("code_until", models.DateTimeField(null=True)),
                ("code_sent", models.BooleanField(db_default=False, default=False)),
                ("wrong_codes", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "since",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "next_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), db_index=True
                    ),
                ),
                ("failures", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("hold", "a hold"),
                            ("deadline", "the end of a hold"),
                            ("handed_over", "a hit handed over"),
                            ("lookout", "a lookout that matched"),
                            ("reopened", "a reopened hit"),
                            ("asked", "a requested approval"),
                            ("allowed", "an allowed request"),
                            ("refused", "a refused request"),
                            ("late", "late messages"),
                            ("question", "a question to an expert"),
                            ("export_notice", "a pre-export notice"),
                            ("operation", "a joint operation"),
                            ("assistance", "a request for assistance"),
                            ("mutual", "a request between administrations"),
                            ("order_due", "a control order that is past due"),
                            ("detention", "the end of the period of a detention"),
                        ],
                        max_length=20,
                    ),
                ),
                ("ref", models.CharField(blank=True, db_default="", max_length=80)),
                (
                    "params",
                    models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
                ),
                ("pairs", models.IntegerField(db_default=0, default=0)),
                ("seen", models.JSONField(null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("read_at", models.DateTimeField(null=True)),
                ("mailed", models.BooleanField(db_default=False, default=False)),
                (
                    "approval",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.approval",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "hit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="hits.hit",
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
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-at", "-id"], name="notice_of_user"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["user"],
                        name="notice_unread",
                    ),
                    models.Index(fields=["at"], name="notice_age"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ref", ""), _negated=True),
                        fields=("user", "kind", "ref"),
                        name="notice_once",
                    )
                ],
            },
        ),
    ]
