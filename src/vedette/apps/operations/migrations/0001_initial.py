import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import uuid
import vedette.apps.operations.models
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("warning", "warning"),
                            ("request", "request"),
                            ("control", "control"),
                            ("seizure", "seizure"),
                            ("feedback", "feedback"),
                            ("sitrep", "situation report"),
                            ("broadcast", "broadcast"),
                            ("help", "help with identification"),
                            ("test", "test message"),
                        ],
                        max_length=12,
                    ),
                ),
                ("exercise", models.BooleanField()),
                ("root", models.UUIDField(db_index=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("withdraws", models.BooleanField(default=False)),
                ("why", models.CharField(blank=True, max_length=500)),
                ("template", models.PositiveIntegerField(default=0)),
                ("values", models.JSONField(default=dict)),
                ("stated", models.TextField(default="", editable=False)),
                ("text", models.TextField(blank=True)),
                (
                    "marking",
                    models.CharField(
                        choices=[
                            ("red", "TLP:RED, the named recipients only"),
                            ("amber_strict", "TLP:AMBER+STRICT, the recipient’s organisation only"),
                            ("amber", "TLP:AMBER, the recipient’s organisation and its partners"),
                            ("green", "TLP:GREEN, the recipient’s community"),
                            ("clear", "TLP:CLEAR, everybody"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "recipients",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("about", models.UUIDField(null=True)),
                ("record", models.UUIDField(null=True)),
                ("happened_at", models.DateTimeField()),
                ("place", models.CharField(blank=True, max_length=160)),
                ("category", models.CharField(blank=True, max_length=20)),
                ("controls", models.PositiveIntegerField(default=0)),
                ("found", models.BooleanField(null=True)),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("unit", models.CharField(blank=True, max_length=10)),
                ("amount", models.DecimalField(decimal_places=9, max_digits=26, null=True)),
                ("base", models.CharField(blank=True, max_length=10)),
                ("target", models.BooleanField(null=True)),
                ("useful_until", models.DateTimeField(null=True)),
                ("deputy_at", models.DateTimeField(null=True)),
                ("unit_at", models.DateTimeField(null=True)),
                ("escalated", models.SmallIntegerField(default=-1)),
                ("by_name", models.CharField(max_length=160)),
                ("by_organisation", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("group_version", models.PositiveIntegerField(default=0)),
                ("late_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
        ),
        migrations.CreateModel(
            name="Nominal",
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
                ("delete_at", models.DateTimeField(db_index=True)),
                ("erased_at", models.DateTimeField(null=True)),
                ("erased_why", models.CharField(blank=True, max_length=500)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="nominal",
                        to="operations.message",
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Operation",
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
                ("name", models.CharField(max_length=80)),
                ("reference", models.CharField(max_length=40)),
                ("exercise", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("proposed", "proposed"),
                            ("called", "invitation sent to the participants"),
                            ("preparing", "preparation"),
                            ("live", "live phase"),
                            ("followup", "follow-up"),
                            ("debrief", "debrief"),
                            ("closed", "closed"),
                            ("abandoned", "abandoned"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("live_from", models.DateTimeField()),
                ("live_until", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "marking",
                    models.CharField(
                        choices=[
                            ("red", "TLP:RED, the named recipients only"),
                            ("amber_strict", "TLP:AMBER+STRICT, the recipient’s organisation only"),
                            ("amber", "TLP:AMBER, the recipient’s organisation and its partners"),
                            ("green", "TLP:GREEN, the recipient’s community"),
                            ("clear", "TLP:CLEAR, everybody"),
                        ],
                        default="amber",
                        max_length=12,
                    ),
                ),
                (
                    "readers_after",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        default=vedette.apps.operations.models.readers,
                        size=None,
                    ),
                ),
                (
                    "observed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("plan_version", models.PositiveIntegerField(default=0)),
                ("group_version", models.PositiveIntegerField(default=0)),
                ("changes", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("state_at", models.DateTimeField()),
                (
                    "created_by",
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
        ),
        migrations.CreateModel(
            name="NationalPlan",
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
                ("number", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("profiles", models.TextField(blank=True)),
                ("due_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
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
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="nationals",
                        to="operations.operation",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="operation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="operations.operation",
            ),
        ),
        migrations.CreateModel(
            name="Member",
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
                    "role",
                    models.CharField(
                        choices=[
                            ("coordinator", "coordinator"),
                            ("second", "second person"),
                            ("contact", "contact point"),
                            ("deputy", "deputy contact point"),
                            ("observer", "observer"),
                            ("post", "post"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=160)),
                ("post", models.CharField(blank=True, max_length=160)),
                ("reach", models.CharField(blank=True, max_length=200)),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("since_version", models.PositiveIntegerField()),
                ("until_version", models.PositiveIntegerField(null=True)),
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
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="operations.operation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Confirmation",
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
                ("figures", models.JSONField()),
                ("by_name", models.CharField(max_length=160)),
                ("at", models.DateTimeField()),
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
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="confirmations",
                        to="operations.operation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Comparison",
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
                ("same", models.BooleanField()),
                ("why", models.CharField(max_length=500)),
                ("by_name", models.CharField(max_length=160)),
                ("at", models.DateTimeField()),
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
                    "one",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.message",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.message",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.operation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Participant",
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
                ("name", models.CharField(max_length=200)),
                ("country", models.CharField(blank=True, max_length=2)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("invited", "invited"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                            ("excluded", "excluded"),
                        ],
                        default="invited",
                        max_length=10,
                    ),
                ),
                ("plan_version", models.PositiveIntegerField(null=True)),
                ("part", models.TextField(blank=True)),
                ("basis", models.CharField(blank=True, max_length=300)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                ("told", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="operations.operation",
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
        migrations.CreateModel(
            name="Plan",
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
                ("number", models.PositiveIntegerField()),
                ("threat", models.TextField(blank=True)),
                ("basis", models.CharField(max_length=300)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("terrorism", "Terrorist offences"),
                            ("serious_crime", "Serious crime"),
                            ("border", "Border and customs control"),
                        ],
                        max_length=20,
                    ),
                ),
                ("agreement", models.UUIDField(null=True)),
                ("agreement_purpose", models.CharField(blank=True, max_length=100)),
                ("agreement_basis", models.CharField(blank=True, max_length=200)),
                (
                    "hs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), default=list, size=None
                    ),
                ),
                ("substances", models.TextField(blank=True)),
                ("lists", models.CharField(blank=True, max_length=300)),
                (
                    "targets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                (
                    "modes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("sea", "sea"),
                                ("air", "air"),
                                ("road", "road"),
                                ("rail", "rail"),
                                ("post", "post and express"),
                            ],
                            max_length=6,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("places", models.TextField(blank=True)),
                ("zone", models.CharField(default="UTC", max_length=40)),
                ("cutoff", models.TimeField()),
                ("tasks", models.TextField(blank=True)),
                ("indicators", models.TextField(blank=True)),
                ("plans_due", models.DateTimeField()),
                ("at", models.DateTimeField()),
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
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plans",
                        to="operations.operation",
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
        migrations.CreateModel(
            name="PlanReceipt",
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
                ("due_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.operation",
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
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="operations.nationalplan",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Publication",
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
                ("measure", models.CharField(max_length=160)),
                ("figure", models.CharField(blank=True, max_length=120)),
                ("value", models.DecimalField(decimal_places=9, max_digits=26)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("source", models.CharField(max_length=500)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
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
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="publications",
                        to="operations.operation",
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Receipt",
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
                ("name", models.CharField(max_length=160)),
                (
                    "what",
                    models.CharField(
                        choices=[("opened", "opened"), ("answered", "answered")], max_length=10
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="operations.message",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.operation",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecipientSet",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "organisations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                (
                    "persons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "operation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.operation",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="recipient_set",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="operations.recipientset",
            ),
        ),
        migrations.CreateModel(
            name="Final",
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
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("approved", "approved"), ("sent", "sent")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("cutoff_at", models.DateTimeField()),
                ("known_at", models.DateTimeField()),
                ("figures", models.JSONField(default=dict)),
                ("content", models.JSONField(default=dict)),
                ("summary_en", models.TextField(blank=True)),
                ("summary_fr", models.TextField(blank=True)),
                ("by_name", models.CharField(max_length=160)),
                ("at", models.DateTimeField()),
                ("approved_by_name", models.CharField(blank=True, max_length=160)),
                ("approved_at", models.DateTimeField(null=True)),
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
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="finals",
                        to="operations.operation",
                    ),
                ),
                (
                    "recipient_set",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operations.recipientset",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Answer",
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
                    "outcome",
                    models.CharField(
                        choices=[
                            ("nothing", "controlled, nothing found"),
                            ("found", "controlled, found"),
                            ("not_controlled", "not controlled"),
                            ("too_late", "arrived too late"),
                        ],
                        max_length=14,
                    ),
                ),
                ("reason", models.CharField(max_length=1000)),
                ("by_name", models.CharField(max_length=160)),
                ("by_organisation", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
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
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="operations.message",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.operation",
                    ),
                ),
                (
                    "recipient_set",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operations.recipientset",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Report",
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
                ("consolidated", models.BooleanField()),
                ("number", models.PositiveIntegerField()),
                ("cutoff_at", models.DateTimeField()),
                ("known_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("sent", "sent")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("figures", models.JSONField(default=dict)),
                ("corrections", models.JSONField(default=list)),
                ("late", models.JSONField(default=list)),
                ("remark", models.TextField(blank=True)),
                ("by_name", models.CharField(max_length=160)),
                ("by_organisation", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
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
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="operations.operation",
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
                    "recipient_set",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operations.recipientset",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Shown",
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
                ("at", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.message",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operations.operation",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Template",
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
                ("kind", models.CharField(max_length=12)),
                ("number", models.PositiveIntegerField()),
                ("fields", models.JSONField()),
                ("at", models.DateTimeField()),
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
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to="operations.operation",
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
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("live_from__lt", models.F("live_until")),
                    ("live_until__lte", models.F("until")),
                ),
                name="operation_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(
                fields=("organisation", "reference"), name="operation_ref"
            ),
        ),
        migrations.AddConstraint(
            model_name="nationalplan",
            constraint=models.UniqueConstraint(
                fields=("operation", "organisation", "number"), name="national_version"
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["user", "operation"], name="member_of_user"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("begins_at__lte", models.F("ends_at"))), name="member_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("role__in", ["contact", "deputy"]), ("until_version__isnull", True)
                ),
                fields=("operation", "organisation", "role"),
                name="member_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until_version__isnull", True)),
                fields=("operation", "user", "role"),
                name="member_once",
            ),
        ),
        migrations.AddIndex(
            model_name="confirmation",
            index=models.Index(
                fields=["operation", "organisation", "-at"], name="confirmation_latest"
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(("one__lt", models.F("other"))), name="comparison_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                fields=("operation", "organisation"), name="participant_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "accepted"), _negated=True),
                    models.Q(("basis", ""), _negated=True),
                    _connector="OR",
                ),
                name="accepted_with_basis",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(fields=("operation", "number"), name="plan_version"),
        ),
        migrations.AddConstraint(
            model_name="planreceipt",
            constraint=models.UniqueConstraint(fields=("plan", "unit"), name="plan_to_unit"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                fields=("message", "user", "what"), name="receipt_once"
            ),
        ),
        migrations.AddIndex(
            model_name="recipientset",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["organisations"], name="recipient_set_home"
            ),
        ),
        migrations.AddIndex(
            model_name="recipientset",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["persons"], name="recipient_set_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="recipientset",
            constraint=models.UniqueConstraint(
                fields=("operation", "digest"), name="recipient_set_once"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["operation", "-sent_at", "-id"], name="message_list"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("kind__in", ["control", "seizure"])),
                fields=["operation", "kind", "-happened_at", "-id"],
                name="message_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("kind", "warning")),
                fields=["operation", "useful_until", "id"],
                name="message_useful",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("escalated__lt", 2), ("kind", "warning"), ("sent_at__isnull", False)
                ),
                fields=["useful_until"],
                name="warning_open",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("escalated", -1),
                    ("sent_at__isnull", False),
                    ("kind__in", ["test", "broadcast", "request", "help", "feedback"]),
                ),
                fields=["sent_at"],
                name="message_untold",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("late_at__isnull", True), ("sent_at__isnull", True)),
                fields=["by", "operation", "at"],
                name="message_unsent",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("late_at__isnull", False)),
                fields=["organisation", "-late_at"],
                name="message_late",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("root", "version"), name="message_version"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__isnull", True), ("quantity__gt", 0), _connector="OR"
                ),
                name="message_quantity",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "warning"), _negated=True),
                    ("useful_until__isnull", False),
                    _connector="OR",
                ),
                name="warning_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="final",
            constraint=models.UniqueConstraint(fields=("operation", "number"), name="final_number"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                fields=("operation", "organisation", "consolidated", "number"), name="report_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="shown",
            constraint=models.UniqueConstraint(fields=("user", "message"), name="shown_once"),
        ),
        migrations.AddConstraint(
            model_name="template",
            constraint=models.UniqueConstraint(
                fields=("operation", "kind", "number"), name="template_version"
            ),
        ),
    ]
