import django.contrib.postgres.fields
import django.db.models.deletion
import vedette.apps.columns
import vedette.core.ids
from django.conf import settings
from django.db import migrations, models
from vedette.apps import first_migration
from vedette.apps.subjects import tables


class Migration(first_migration.Migration):
    initial = True

    dependencies = [
        ("sql", "0001_initial"),
        ("accounts", "0001_initial"),
        ("subjects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CountClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "movement_id",
                        "count_id",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("movement_id", models.UUIDField()),
                ("count_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("content", models.JSONField()),
                ("differences", models.JSONField(default=list)),
                ("restricted", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "cash_countclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="MovementClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "movement_id",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("movement_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("code", models.TextField(null=True)),
                ("reference", models.TextField(null=True)),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("valued", models.JSONField(null=True)),
                ("restricted", models.BooleanField(default=False)),
                ("state", models.JSONField()),
            ],
            options={
                "db_table": "cash_movementclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="IntelligenceUnit",
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
                ("name", models.CharField(max_length=120)),
                ("schema", models.BinaryField()),
                ("mapping", models.TextField()),
                ("columns", models.TextField()),
                (
                    "holidays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(), default=list, size=None
                    ),
                ),
                (
                    "sends_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                ("variant", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
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
            ],
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("theme", models.CharField(choices=vedette.apps.columns.themes, max_length=20)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("terrorism", "Terrorist offences"),
                            ("serious_crime", "Serious crime"),
                            ("border", "Border and customs control"),
                        ],
                        default="border",
                        max_length=20,
                    ),
                ),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("received_at", models.DateTimeField()),
                (
                    "subject",
                    models.OneToOneField(
                        db_column="id",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="cash",
                        serialize=False,
                        to="subjects.subject",
                    ),
                ),
                ("announced", models.BooleanField(default=False)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("record", models.CharField(max_length=20)),
                ("direction", models.CharField(blank=True, max_length=20)),
                ("source", models.CharField(blank=True, max_length=10)),
                ("variant", models.CharField(blank=True, max_length=20)),
                ("accompanied", models.BooleanField(default=True)),
                ("partner", models.CharField(blank=True, max_length=2)),
                (
                    "places",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=17), default=list, size=None
                    ),
                ),
                ("declared_on", models.DateField(null=True)),
                ("crosses_on", models.DateField(null=True)),
                ("route", models.CharField(blank=True, max_length=5)),
                ("cancelled", models.BooleanField(default=False)),
                ("pair_on", models.DateField(null=True)),
                ("value", models.DecimalField(decimal_places=4, max_digits=30, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "currencies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=3), default=list, size=None
                    ),
                ),
                (
                    "currency_values",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DecimalField(decimal_places=4, max_digits=30, null=True),
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                (
                    "kind_values",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DecimalField(decimal_places=4, max_digits=30, null=True),
                        default=list,
                        size=None,
                    ),
                ),
                ("differs", models.BooleanField(null=True)),
                ("stated", models.CharField(max_length=100)),
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
            ],
        ),
        migrations.CreateModel(
            name="MovementName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.BinaryField(max_length=16)),
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
            name="Pair",
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
                ("other_id", models.UUIDField(null=True)),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("equal", "equal"),
                            ("different", "different"),
                            ("departure_only", "departure only"),
                            ("arrival_only", "arrival only"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                (
                    "departure_value",
                    models.DecimalField(decimal_places=4, max_digits=30, null=True),
                ),
                ("difference", models.DecimalField(decimal_places=4, max_digits=30, null=True)),
                ("answered", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("separated_at", models.DateTimeField(null=True)),
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
                    "separated_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            name="RateFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=20)),
                ("format", models.CharField(max_length=20)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("problems", models.JSONField(default=list)),
                ("applied_at", models.DateTimeField(null=True)),
                ("digest", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
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
            ],
        ),
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=20)),
                ("currency", models.CharField(max_length=3)),
                ("base", models.CharField(max_length=3)),
                ("units", models.DecimalField(decimal_places=15, max_digits=40)),
                ("worth", models.DecimalField(decimal_places=15, max_digits=40)),
                ("day", models.DateField()),
                ("until", models.DateField()),
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
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rates",
                        to="cash.ratefile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RiskForm",
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
                ("year", models.PositiveSmallIntegerField()),
                ("half", models.CharField(max_length=1)),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("version", models.PositiveIntegerField(default=1)),
                ("content", models.BinaryField()),
                (
                    "writers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
            name="RiskPicture",
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
                ("entry", models.CharField(max_length=12)),
                ("number", models.PositiveSmallIntegerField()),
                ("data", models.BinaryField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
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
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pictures",
                        to="cash.riskform",
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
            name="RoutineBatch",
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
                ("day", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("records", models.PositiveIntegerField()),
                ("late", models.PositiveIntegerField()),
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
                    "prescribed",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cash.intelligenceunit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RoutineRecord",
            fields=[
                (
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="subjects.subject",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("due_on", models.DateField()),
                ("late", models.BooleanField()),
                ("content", models.BinaryField(null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="cash.routinebatch",
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
            name="Suspicion",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("sent", "sent"),
                            ("acknowledged", "acknowledged"),
                            ("feedback", "feedback received"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("content", models.BinaryField()),
                ("file", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("feedback_at", models.DateTimeField(null=True)),
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
                (
                    "prescribed",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cash.intelligenceunit",
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
            name="SuspicionAct",
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
                ("at", models.DateTimeField()),
                ("what", models.CharField(max_length=20)),
                ("report_id", models.UUIDField(null=True)),
                ("mark", models.BinaryField(max_length=16)),
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
            name="Count",
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
                ("at", models.DateTimeField()),
                ("differs", models.BooleanField()),
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
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subjects.subject",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "number"), name="cash_count_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="Detention",
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
                ("began_on", models.DateField()),
                ("due_on", models.DateField()),
                ("latest_on", models.DateField()),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("remedy_body", models.CharField(max_length=200)),
                ("remedy_until", models.DateField()),
                ("language", models.CharField(max_length=2)),
                ("extended_at", models.DateTimeField(null=True)),
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
                    "extended_by",
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
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subjects.subject",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "due_on"], name="cash_detention_due")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("began_on__lte", models.F("due_on")),
                            ("due_on__lte", models.F("latest_on")),
                        ),
                        name="cash_detention_period",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="intelligenceunit",
            constraint=models.UniqueConstraint(
                fields=("organisation", "number"), name="intelligence_unit_number"
            ),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(
                fields=["organisation", "-crosses_on", "-subject"], name="cash_movement_day"
            ),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(
                condition=models.Q(("route", ""), _negated=True),
                fields=["organisation", "route", "crosses_on"],
                name="cash_movement_route",
            ),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(
                condition=models.Q(("pair_on__isnull", False)),
                fields=["organisation", "pair_on"],
                name="cash_movement_pair",
            ),
        ),
        migrations.AddConstraint(
            model_name="movementname",
            constraint=models.UniqueConstraint(
                fields=("organisation", "token", "subject"), name="cash_name_once"
            ),
        ),
        migrations.AddIndex(
            model_name="pair",
            index=models.Index(fields=["other_id"], name="cash_pair_other"),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.UniqueConstraint(
                fields=("subject", "other_id"), name="cash_pair_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="ratefile",
            constraint=models.UniqueConstraint(
                fields=("organisation", "source", "digest"), name="cash_rate_file_once"
            ),
        ),
        migrations.AddIndex(
            model_name="rate",
            index=models.Index(
                fields=["organisation", "source", "until", "day"], name="cash_rate_of_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.UniqueConstraint(
                fields=("file", "currency", "day"), name="cash_rate_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gt", 0), ("worth__gt", 0)), name="cash_rate_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="riskform",
            constraint=models.UniqueConstraint(
                fields=("organisation", "year", "half", "number"), name="cash_risk_form_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="riskform",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at__isnull", True), ("confirmed_by__isnull", True)),
                    models.Q(
                        ("asked_at__isnull", False),
                        ("confirmed_at__isnull", False),
                        ("confirmed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="cash_risk_form_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="routinebatch",
            constraint=models.UniqueConstraint(
                fields=("organisation", "day"), name="routine_batch_day"
            ),
        ),
        migrations.AddIndex(
            model_name="routinerecord",
            index=models.Index(
                fields=["organisation", "batch", "number"], name="routine_record_list"
            ),
        ),
        migrations.AddIndex(
            model_name="routinerecord",
            index=models.Index(
                condition=models.Q(("late", True)),
                fields=["organisation", "-due_on", "subject"],
                name="routine_record_late",
            ),
        ),
        migrations.AddIndex(
            model_name="suspicion",
            index=models.Index(
                fields=["organisation", "-created_at", "-id"], name="suspicion_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspicion",
            constraint=models.UniqueConstraint(
                fields=("organisation", "unit", "subject"),
                name="suspicion_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="suspicion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", True), ("state", "draft")),
                    models.Q(
                        models.Q(("state", "draft"), _negated=True),
                        ("file__isnull", False),
                        ("sent_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="suspicion_sent_with_file",
            ),
        ),
        migrations.AddIndex(
            model_name="suspicionact",
            index=models.Index(fields=["report_id", "-number"], name="suspicion_act_report"),
        ),
        migrations.AddConstraint(
            model_name="suspicionact",
            constraint=models.UniqueConstraint(
                fields=("organisation", "unit", "number"),
                name="suspicion_act_number",
                nulls_distinct=False,
            ),
        ),
        *tables.operations(__file__),
    ]
