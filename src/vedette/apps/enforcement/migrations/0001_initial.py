import django.contrib.postgres.fields
import django.db.models.deletion
import vedette.apps.columns
import vedette.core.ids
from django.conf import settings
from django.db import migrations, models
from vedette.apps import first_migration


class Migration(first_migration.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("hits", "0001_initial"),
        ("subjects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Asked",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id",
                        "record",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("record", models.UUIDField()),
                ("question_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("texts", models.JSONField(default=dict)),
                ("picture", models.BinaryField(null=True)),
                ("restricted", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "enforcement_asked",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Clear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id",
                        "record",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("record", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("hit_id", models.UUIDField(null=True)),
                ("decision_id", models.UUIDField(null=True)),
                ("texts", models.JSONField(default=dict)),
                ("picture", models.BinaryField(null=True)),
                ("restricted", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "enforcement_clear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ControlOrder",
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
                    "state",
                    models.CharField(
                        choices=[
                            ("ordered", "ordered"),
                            ("begun", "begun"),
                            ("done", "done"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="ordered",
                        max_length=10,
                    ),
                ),
                ("random", models.BooleanField(default=False)),
                ("team", models.CharField(blank=True, max_length=60)),
                ("due_at", models.DateTimeField()),
                ("ordered_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "finding",
                    models.CharField(
                        blank=True,
                        choices=[("nothing", "nothing found"), ("found", "finding")],
                        max_length=10,
                    ),
                ),
                ("result_id", models.UUIDField(null=True)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "begun_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="hits.decision",
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
                    "hit",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="hits.hit",
                    ),
                ),
                (
                    "ordered_by",
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
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subjects.subject",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
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
                            ("check", "check"),
                            ("quantity", "quantity"),
                            ("seal", "seal"),
                            ("sample", "sample"),
                        ],
                        max_length=10,
                    ),
                ),
                ("what", models.CharField(max_length=20)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("as_declared", "as declared"),
                            ("different", "different"),
                            ("not_seen", "not seen"),
                        ],
                        max_length=12,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("unit", models.CharField(blank=True, max_length=10)),
                ("at", models.DateTimeField()),
                ("struck_at", models.DateTimeField(null=True)),
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
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="enforcement.controlorder",
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
            name="Expert",
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
                ("theme", models.CharField(choices=vedette.apps.columns.themes, max_length=20)),
                ("rank", models.PositiveSmallIntegerField()),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Firearm",
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
                ("item", models.CharField(max_length=10)),
                ("type", models.CharField(blank=True, max_length=20)),
                ("part", models.CharField(blank=True, max_length=10)),
                ("quantity", models.PositiveIntegerField(default=1)),
                ("serial_state", models.CharField(max_length=8)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("import_country", models.CharField(blank=True, max_length=2)),
                ("last_country", models.CharField(blank=True, max_length=2)),
                (
                    "made",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("text_id", models.UUIDField(default=vedette.core.ids.new_id)),
                ("at", models.DateTimeField()),
                ("number", models.PositiveIntegerField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("no_serial", models.CharField(blank=True, max_length=20)),
                ("serial_given", models.BooleanField()),
                ("alike", models.CharField(blank=True, max_length=6)),
                ("serial_token", models.BinaryField(max_length=16, null=True)),
                ("possible_token", models.BinaryField(max_length=16, null=True)),
                ("lot_token", models.BinaryField(max_length=16, null=True)),
                ("make_token", models.BinaryField(max_length=16, null=True)),
                ("model_token", models.BinaryField(max_length=16, null=True)),
                ("calibre_token", models.BinaryField(max_length=16, null=True)),
                ("iarms_on", models.DateField(null=True)),
                ("struck_at", models.DateTimeField(null=True)),
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
            name="FirearmVersion",
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
                ("item", models.CharField(max_length=10)),
                ("type", models.CharField(blank=True, max_length=20)),
                ("part", models.CharField(blank=True, max_length=10)),
                ("quantity", models.PositiveIntegerField(default=1)),
                ("serial_state", models.CharField(max_length=8)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("import_country", models.CharField(blank=True, max_length=2)),
                ("last_country", models.CharField(blank=True, max_length=2)),
                (
                    "made",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("text_id", models.UUIDField(default=vedette.core.ids.new_id)),
                ("at", models.DateTimeField()),
                ("number", models.PositiveIntegerField()),
                ("since", models.PositiveIntegerField()),
                ("struck", models.BooleanField(default=False)),
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
                    "firearm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="enforcement.firearm",
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
            name="Photo",
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
                        choices=[("photo", "photograph"), ("xray", "X-ray image")], max_length=10
                    ),
                ),
                ("order_id", models.UUIDField(db_index=True, null=True)),
                ("seizure_id", models.UUIDField(db_index=True, null=True)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("digest", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
                ("struck_at", models.DateTimeField(null=True)),
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
                    "decision",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="hits.decision",
                    ),
                ),
                (
                    "hit",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
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
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subjects.subject",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Question",
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
                ("theme", models.CharField(choices=vedette.apps.columns.themes, max_length=20)),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            (
                                "immediate",
                                "immediate: the control cannot continue without the answer",
                            ),
                            ("today", "within four hours"),
                            ("normal", "within two days"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waits for an answer"),
                            ("answered", "answered"),
                            ("closed", "closed"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("pairs", models.IntegerField(db_default=0, default=0)),
                ("order_id", models.UUIDField(db_index=True, null=True)),
                ("seizure_id", models.UUIDField(db_index=True, null=True)),
                ("asked_at", models.DateTimeField()),
                ("first_due_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("rank", models.PositiveSmallIntegerField()),
                ("escalations", models.PositiveSmallIntegerField(default=0)),
                ("first_answer_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="hits.decision",
                    ),
                ),
                (
                    "hit",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
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
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subjects.subject",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuestionMessage",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("ask", "Question"),
                            ("further", "Further question"),
                            ("answer", "Answer"),
                            ("escalate", "Not answered in time, so passed on to other persons"),
                            ("close", "Question closed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("rank", models.PositiveSmallIntegerField(default=0)),
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
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="enforcement.question",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Seizure",
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
                    "measure",
                    models.CharField(
                        choices=[("seizure", "seizure"), ("detention", "detention")], max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "submitted"),
                            ("validated", "validated"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("validated_version", models.PositiveIntegerField(default=0)),
                ("order_id", models.UUIDField(db_index=True, null=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("detained", "detained"),
                            ("verification", "verification"),
                            ("authority", "licensing authority consulted"),
                            ("answered", "answer from the licensing authority"),
                            ("closed", "closed"),
                        ],
                        default="detained",
                        max_length=12,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("released", "released"),
                            ("returned", "returned to the sender"),
                            ("seized", "seized"),
                            ("forfeited", "forfeited"),
                            ("handed_over", "handed over to another authority"),
                            ("destroyed", "destroyed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("basis", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
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
                    "decision",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="hits.decision",
                    ),
                ),
                (
                    "hit",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
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
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subjects.subject",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "validated_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="firearm",
            name="seizure",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="firearms",
                to="enforcement.seizure",
            ),
        ),
        migrations.CreateModel(
            name="SeizureVersion",
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
                    "form",
                    models.CharField(
                        choices=[("simple", "short form"), ("full", "full form")],
                        default="simple",
                        max_length=10,
                    ),
                ),
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
                        default="amber_strict",
                        max_length=12,
                    ),
                ),
                ("day", models.DateField()),
                ("happened_at", models.DateTimeField(null=True)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("office", models.CharField(blank=True, max_length=17)),
                (
                    "place_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("airport", "airport"),
                            ("seaport", "seaport"),
                            ("land", "land border"),
                            ("post", "postal or express centre"),
                            ("warehouse", "warehouse"),
                            ("inland", "inland"),
                        ],
                        max_length=10,
                    ),
                ),
                ("latitude", models.DecimalField(decimal_places=5, max_digits=8, null=True)),
                ("longitude", models.DecimalField(decimal_places=5, max_digits=8, null=True)),
                (
                    "direction",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("import", "import"),
                            ("export", "export"),
                            ("transit", "transit"),
                            ("transhipment", "transhipment"),
                            ("internal", "inside the country"),
                        ],
                        max_length=12,
                    ),
                ),
                ("origin", models.CharField(blank=True, max_length=2)),
                ("departure", models.CharField(blank=True, max_length=2)),
                (
                    "transit",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), default=list, size=None
                    ),
                ),
                ("destination", models.CharField(blank=True, max_length=2)),
                (
                    "conveyance",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("air", "aircraft"),
                            ("sea", "ship"),
                            ("road", "road vehicle"),
                            ("rail", "train"),
                            ("post", "post or express"),
                            ("person", "on a person, in baggage"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "concealment",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "not hidden"),
                            ("false_declaration", "false declaration"),
                            ("among_goods", "hidden among other goods"),
                            ("in_structure", "in the structure of the means of transport"),
                            ("on_person", "on a person, in baggage"),
                            ("other", "other"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "detection",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("profile", "risk profile"),
                            ("list", "list"),
                            ("intelligence", "intelligence"),
                            ("random", "random control"),
                            ("xray", "X-ray image"),
                            ("canine", "dog"),
                            ("field_test", "field test"),
                            ("other", "other"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "test",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "no test"),
                            ("waiting", "result awaited"),
                            ("positive", "confirmed by the test"),
                            ("negative", "not confirmed by the test"),
                        ],
                        max_length=10,
                    ),
                ),
                ("offence", models.CharField(blank=True, max_length=200)),
                ("basis", models.CharField(blank=True, max_length=200)),
                (
                    "disposal",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("stored", "in storage"),
                            ("evidence", "kept as evidence"),
                            ("returned", "returned"),
                            ("handed_over", "handed over to another authority"),
                            ("destroyed", "destroyed"),
                            ("sold", "sold"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "investigation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "none"),
                            ("open", "open"),
                            ("prosecuted", "passed to the prosecutor"),
                            ("closed", "closed"),
                        ],
                        max_length=12,
                    ),
                ),
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
                    "seizure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="enforcement.seizure",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SeizureItem",
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
                ("number", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("sub", models.CharField(blank=True, max_length=40)),
                ("hs", models.CharField(blank=True, max_length=10)),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=20)),
                ("unit", models.CharField(max_length=10)),
                ("amount", models.DecimalField(decimal_places=9, max_digits=26)),
                ("base", models.CharField(max_length=10)),
                ("packages", models.PositiveIntegerField(null=True)),
                ("value", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
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
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="enforcement.seizureversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Step",
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
                            ("created", "record begun"),
                            ("changed", "record changed"),
                            ("submitted", "submitted for validation"),
                            ("given_back", "returned for correction"),
                            ("validated", "validated"),
                            ("withdrawn", "record withdrawn"),
                            ("verification", "verification started"),
                            ("authority", "licensing authority consulted"),
                            ("answered", "answer from the licensing authority"),
                            ("seized", "detained goods that were then seized"),
                            ("extended", "period of the detention extended"),
                            ("closed", "case closed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
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
                    "seizure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="enforcement.seizure",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TraceRequest",
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
                ("state", models.CharField(default="draft", max_length=12)),
                ("version", models.PositiveIntegerField(default=1)),
                ("text_id", models.UUIDField(default=vedette.core.ids.new_id)),
                ("to_country", models.CharField(blank=True, max_length=2)),
                ("channel", models.CharField(blank=True, max_length=16)),
                ("illicit", models.CharField(blank=True, max_length=16)),
                ("use", models.CharField(blank=True, max_length=16)),
                ("asked_on", models.DateField()),
                ("sent_on", models.DateField(null=True)),
                ("replied_on", models.DateField(null=True)),
                ("expected_on", models.DateField(null=True)),
                ("ground", models.CharField(blank=True, max_length=20)),
                ("result", models.CharField(blank=True, max_length=12)),
                ("diverted", models.CharField(blank=True, max_length=12)),
                ("found_country", models.CharField(blank=True, max_length=2)),
                ("at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
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
                    "firearm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="traces",
                        to="enforcement.firearm",
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
            name="TraceEvent",
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
                ("action", models.CharField(max_length=12)),
                ("state", models.CharField(max_length=12)),
                ("day", models.DateField()),
                ("ground", models.CharField(blank=True, max_length=20)),
                ("result", models.CharField(blank=True, max_length=12)),
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
                    "trace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="enforcement.tracerequest",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="controlorder",
            index=models.Index(
                condition=models.Q(("state__in", ["ordered", "begun"])),
                fields=["organisation", "due_at", "id"],
                name="order_open",
            ),
        ),
        migrations.AddIndex(
            model_name="controlorder",
            index=models.Index(fields=["organisation", "-ended_at", "-id"], name="order_ended"),
        ),
        migrations.AddConstraint(
            model_name="controlorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("decision__isnull", False), ("state__in", ["ordered", "begun"])
                ),
                fields=("decision",),
                name="order_of_decision",
            ),
        ),
        migrations.AddConstraint(
            model_name="controlorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision__isnull", True), ("state__in", ["ordered", "begun"])),
                fields=("subject",),
                name="order_of_draw",
            ),
        ),
        migrations.AddConstraint(
            model_name="controlorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False),
                        ("state", "done"),
                        models.Q(("finding", ""), _negated=True),
                    ),
                    models.Q(models.Q(("state", "done"), _negated=True), ("finding", "")),
                    _connector="OR",
                ),
                name="order_done_with_finding",
            ),
        ),
        migrations.AddConstraint(
            model_name="expert",
            constraint=models.UniqueConstraint(
                fields=("organisation", "theme", "user"), name="expert_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="expert",
            constraint=models.CheckConstraint(
                condition=models.Q(("rank__gte", 1), ("rank__lte", 9)), name="expert_rank"
            ),
        ),
        migrations.AddConstraint(
            model_name="firearmversion",
            constraint=models.UniqueConstraint(
                fields=("firearm", "number"), name="firearm_version"
            ),
        ),
        migrations.AddIndex(
            model_name="question",
            index=models.Index(fields=["organisation", "-asked_at", "-id"], name="question_list"),
        ),
        migrations.AddIndex(
            model_name="question",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="question_due",
            ),
        ),
        migrations.AddIndex(
            model_name="questionmessage",
            index=models.Index(
                condition=models.Q(("told", False)), fields=["at"], name="question_untold"
            ),
        ),
        migrations.AddConstraint(
            model_name="questionmessage",
            constraint=models.UniqueConstraint(
                fields=("question", "number"), name="question_message_once"
            ),
        ),
        migrations.AddIndex(
            model_name="seizure",
            index=models.Index(fields=["organisation", "-created_at", "-id"], name="seizure_list"),
        ),
        migrations.AddConstraint(
            model_name="seizure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("outcome", "")),
                    models.Q(
                        ("closed_at__isnull", False),
                        models.Q(("outcome", ""), _negated=True),
                        models.Q(("basis", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="closed_with_outcome_and_basis",
            ),
        ),
        migrations.AddConstraint(
            model_name="seizure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("validated_by__isnull", True),
                    models.Q(("validated_by", models.F("submitted_by")), _negated=True),
                    _connector="OR",
                ),
                name="validated_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="firearm",
            index=models.Index(fields=["organisation", "-at", "-id"], name="firearm_list"),
        ),
        migrations.AddIndex(
            model_name="firearm",
            index=models.Index(
                condition=models.Q(("serial_token__isnull", False)),
                fields=["organisation", "serial_token"],
                name="firearm_serial",
            ),
        ),
        migrations.AddIndex(
            model_name="firearm",
            index=models.Index(
                condition=models.Q(("possible_token__isnull", False)),
                fields=["organisation", "possible_token"],
                name="firearm_possible",
            ),
        ),
        migrations.AddIndex(
            model_name="firearm",
            index=models.Index(
                condition=models.Q(("lot_token__isnull", False)),
                fields=["organisation", "lot_token"],
                name="firearm_lot",
            ),
        ),
        migrations.AddConstraint(
            model_name="firearm",
            constraint=models.UniqueConstraint(fields=("seizure", "number"), name="firearm_number"),
        ),
        migrations.AddConstraint(
            model_name="firearm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("item", "ammunition"),
                    ("serial_token__isnull", False),
                    models.Q(("no_serial", ""), _negated=True),
                    _connector="OR",
                ),
                name="firearm_serial_or_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="firearm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("serial_state", "none"), _negated=True),
                    ("serial_given", False),
                    _connector="OR",
                ),
                name="firearm_none_without_serial",
            ),
        ),
        migrations.AddConstraint(
            model_name="firearm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("item", "firearm"), models.Q(("type", ""), _negated=True)),
                    models.Q(("item", "part"), models.Q(("part", ""), _negated=True)),
                    ("item", "ammunition"),
                    _connector="OR",
                ),
                name="firearm_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="firearm",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="firearm_quantity"
            ),
        ),
        migrations.AddConstraint(
            model_name="seizureversion",
            constraint=models.UniqueConstraint(
                fields=("seizure", "number"), name="seizure_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="seizureitem",
            constraint=models.UniqueConstraint(fields=("version", "number"), name="seizure_item"),
        ),
        migrations.AddConstraint(
            model_name="seizureitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="seizure_quantity"
            ),
        ),
        migrations.AddIndex(
            model_name="tracerequest",
            index=models.Index(fields=["organisation", "-changed_at", "-id"], name="trace_list"),
        ),
        migrations.AddConstraint(
            model_name="tracerequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["withdrawn", "closed"]), _negated=True),
                    models.Q(("to_country", ""), _negated=True),
                ),
                fields=("firearm", "to_country"),
                name="trace_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="tracerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "answered"), _negated=True),
                    models.Q(("result", ""), _negated=True),
                    _connector="OR",
                ),
                name="trace_answered_with_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="tracerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["refused", "delayed"]), _negated=True),
                    models.Q(("ground", ""), _negated=True),
                    _connector="OR",
                ),
                name="trace_refused_with_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="tracerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "withdrawn"]),
                    ("sent_on__isnull", False),
                    _connector="OR",
                ),
                name="trace_sent",
            ),
        ),
    ]
