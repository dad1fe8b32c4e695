import django.contrib.postgres.fields
import django.db.models.deletion
import vedette.core.ids
from django.conf import settings
from django.db import migrations, models
from vedette.apps import first_migration


class Migration(first_migration.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MutualRequest",
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
                ("spontaneous", models.BooleanField(default=False)),
                ("agreement", models.UUIDField()),
                ("purpose", models.CharField(max_length=100)),
                ("legal_basis", models.CharField(max_length=200)),
                (
                    "addressees",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                (
                    "assistance",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("information", "information"),
                            ("documents", "documents or certified copies"),
                            ("verification", "verification of documents"),
                            ("enquiry", "enquiry"),
                            ("surveillance", "surveillance"),
                            ("delivery", "controlled delivery"),
                            ("notification", "notification of a decision"),
                            ("officials", "presence of officials, experts"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("sent", "sent"),
                            ("acknowledged", "receipt confirmed"),
                            ("partial", "answered in part"),
                            ("answered", "answered"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("due_at", models.DateTimeField(null=True)),
                ("oral_at", models.DateTimeField(null=True)),
                ("by_name", models.CharField(max_length=160)),
                ("at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("first_answer_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("overdue_told", models.BooleanField(default=False)),
                ("oral_told", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "requested",
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
            name="MutualEvent",
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
                    "what",
                    models.CharField(
                        choices=[
                            ("partial", "partial answer"),
                            ("complete", "answer"),
                            ("refused", "refusal"),
                            ("sent", "sent"),
                            ("acknowledged", "receipt confirmed"),
                            ("reminded", "reminder"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                ("object", models.UUIDField(null=True)),
                ("ground", models.CharField(blank=True, max_length=14)),
                ("by_name", models.CharField(max_length=160)),
                ("at", models.DateTimeField()),
                ("told", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="cooperation.mutualrequest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MutualDraft",
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
                ("values", models.JSONField()),
                ("at", models.DateTimeField()),
                ("delete_at", models.DateTimeField(db_index=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="cooperation.mutualrequest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Official",
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
                ("agreement", models.UUIDField()),
                ("name", models.CharField(max_length=160)),
                ("post", models.CharField(blank=True, max_length=160)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contact",
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
                            ("point", "contact point"),
                            ("deputy", "deputy contact point"),
                            ("region", "regional office"),
                            ("expert", "expert"),
                            ("desk", "partner desk"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=160)),
                ("organisation_name", models.CharField(max_length=200)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("post", models.CharField(blank=True, max_length=160)),
                (
                    "themes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), size=None
                    ),
                ),
                ("zone", models.CharField(max_length=40)),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), size=None
                    ),
                ),
                ("opens", models.TimeField()),
                ("closes", models.TimeField()),
                ("channel", models.CharField(max_length=200)),
                ("confirmed_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "indexes": [
                    models.Index(fields=["organisation_name", "name", "id"], name="contact_list"),
                    models.Index(fields=["confirmed_at"], name="contact_to_ask"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("themes", []), _negated=True),
                            models.Q(("languages", []), _negated=True),
                            models.Q(("days", []), _negated=True),
                        ),
                        name="contact_answers",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="mutualrequest",
            index=models.Index(fields=["organisation", "-at", "-id"], name="mutual_list"),
        ),
        migrations.AddIndex(
            model_name="mutualrequest",
            index=models.Index(fields=["requested", "-at", "-id"], name="mutual_inbox"),
        ),
        migrations.AddIndex(
            model_name="mutualrequest",
            index=models.Index(
                condition=models.Q(("state__in", ["sent", "acknowledged", "partial"])),
                fields=["due_at"],
                name="mutual_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="mutualrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("requested", models.F("organisation")), _negated=True),
                name="mutual_to_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="mutualrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    models.Q(
                        ("sent_at__isnull", False),
                        models.Q(("addressees", []), _negated=True),
                        models.Q(("spontaneous", True), ("due_at__isnull", False), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="mutual_sent",
            ),
        ),
        migrations.AddIndex(
            model_name="mutualevent",
            index=models.Index(fields=["request", "at"], name="mutual_events"),
        ),
        migrations.AddIndex(
            model_name="mutualevent",
            index=models.Index(
                condition=models.Q(("told", False)), fields=["id"], name="mutual_untold"
            ),
        ),
        migrations.AddConstraint(
            model_name="mutualevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("object__isnull", False), ("what__in", ["partial", "complete", "refused"])
                    ),
                    models.Q(
                        models.Q(("what__in", ["partial", "complete", "refused"]), _negated=True),
                        ("object__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="mutual_answer_with_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="mutualevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("what", "refused"), models.Q(("ground", ""), _negated=True)),
                    models.Q(models.Q(("what", "refused"), _negated=True), ("ground", "")),
                    _connector="OR",
                ),
                name="mutual_refusal_with_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="mutualevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("object__isnull", False)),
                fields=("organisation", "object"),
                name="mutual_answer_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="mutualdraft",
            constraint=models.UniqueConstraint(
                fields=("request", "organisation"), name="mutual_draft_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="official",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("agreement", "user"),
                name="official_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="official",
            constraint=models.CheckConstraint(
                condition=models.Q(("by", models.F("user")), _negated=True),
                name="official_by_another",
            ),
        ),
    ]
