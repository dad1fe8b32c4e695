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
        ("subjects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReasonClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "reason_id",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("reason_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("evidence", models.JSONField()),
            ],
            options={
                "db_table": "hits_reasonclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="SeenHit",
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
                    "id",
                    models.UUIDField(
                        default=vedette.core.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.UUIDField(db_index=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("reopened", "reopened"),
                            ("decided", "decided"),
                            ("void", "void"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField()),
                ("favour", models.JSONField(default=list)),
                ("reason_count", models.PositiveSmallIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("flood_id", models.UUIDField(null=True)),
                ("flood_profile_id", models.UUIDField(null=True)),
                ("full_state", models.CharField(max_length=10)),
                ("full_opened_at", models.DateTimeField()),
                ("full_changed_at", models.DateTimeField()),
                ("full_flood_id", models.UUIDField(null=True)),
                ("full_flood_profile_id", models.UUIDField(null=True)),
                ("is_open", models.BooleanField()),
                ("is_alone", models.BooleanField()),
                ("in_parts", models.BooleanField()),
                ("seen", models.IntegerField()),
                ("seen_open", models.IntegerField()),
            ],
            options={
                "db_table": "hits_seen",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="TextClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "owner_id",
                        "kind",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("owner_id", models.UUIDField()),
                ("kind", models.CharField(max_length=10)),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("text", models.TextField()),
                ("restricted", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "hits_textclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="FloodCount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("flood_id", models.UUIDField(null=True)),
                ("flood_profile_id", models.UUIDField(null=True)),
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
                ("priority", models.PositiveSmallIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("landed", models.PositiveIntegerField()),
                ("next_at", models.DateTimeField(null=True)),
                ("since", models.DateTimeField()),
                ("counted_at", models.DateTimeField()),
                ("pairs", models.IntegerField(db_default=0, default=0)),
                ("seen", models.IntegerField(db_default=0, default=0)),
                (
                    "claimed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
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
            name="Hit",
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
                    "id",
                    models.UUIDField(
                        default=vedette.core.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("group_id", models.UUIDField(db_index=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("reopened", "reopened"),
                            ("decided", "decided"),
                            ("void", "void"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField()),
                ("favour", models.JSONField(default=list)),
                ("reason_count", models.PositiveSmallIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("flood_id", models.UUIDField(null=True)),
                ("flood_profile_id", models.UUIDField(null=True)),
                ("pairs", models.IntegerField(db_default=0, default=0)),
                ("open_pairs", models.IntegerField(db_default=0, default=0)),
                (
                    "parts",
                    models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
                ),
                (
                    "claimed_by",
                    models.ForeignKey(
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
                    models.OneToOneField(
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
            name="Event",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("kind", models.CharField(max_length=20)),
                ("params", models.JSONField(default=dict)),
                ("priority", models.PositiveSmallIntegerField(null=True)),
                ("pairs", models.IntegerField(db_default=0, default=0)),
                ("seen", models.JSONField(null=True)),
                (
                    "by",
                    models.ForeignKey(
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
                    "hit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="hits.hit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Decision",
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
                    "choice",
                    models.CharField(
                        choices=[
                            ("release", "release"),
                            ("refer", "refer to control"),
                            ("hold", "hold"),
                            ("refuse", "refuse"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("answers", models.JSONField(default=dict)),
                ("priority", models.PositiveSmallIntegerField()),
                (
                    "by",
                    models.ForeignKey(
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
                    "second",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "hit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="hits.hit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Reason",
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
                            ("watchlist", "watchlist"),
                            ("lookout", "lookout"),
                            ("control_list", "control list"),
                            ("disagreement", "messages disagree"),
                            ("profile", "risk profile"),
                            ("link", "link to a known case"),
                        ],
                        max_length=20,
                    ),
                ),
                ("key", models.CharField(max_length=200)),
                ("channel", models.CharField(blank=True, max_length=20)),
                ("contribution", models.PositiveSmallIntegerField()),
                ("score", models.FloatField(null=True)),
                ("params", models.JSONField(default=dict)),
                ("entry_id", models.UUIDField(db_index=True, null=True)),
                ("entry_hash", models.CharField(blank=True, max_length=64)),
                ("profile_version_id", models.UUIDField(null=True)),
                ("knowledge", models.CharField(blank=True, max_length=100)),
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("answered", "answered"),
                            ("cleared", "cleared"),
                            ("void", "void"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("another", "no, another"),
                            ("unsure", "cannot tell"),
                            ("same", "yes, the same"),
                        ],
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "hit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reasons",
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
            ],
        ),
        migrations.CreateModel(
            name="Result",
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
                        choices=[("nothing", "nothing found"), ("confirmed", "confirmed result")],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hits.decision",
                    ),
                ),
                (
                    "hit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ClearedPair",
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
                ("fingerprint", models.BinaryField(max_length=16)),
                ("entry_hash", models.CharField(max_length=64)),
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
                ("at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "fingerprint", "entry_hash", "theme", "purpose"),
                        name="cleared_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmed",
            fields=[
                (
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="confirmed",
                        serialize=False,
                        to="subjects.subject",
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
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
                "indexes": [models.Index(fields=["organisation", "since"], name="confirmed_since")],
            },
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(
                    ("flood_id__isnull", True),
                    ("flood_profile_id__isnull", True),
                    ("state__in", ["new", "reopened"]),
                ),
                fields=["organisation", "due_at", "-priority", "subject"],
                include=("claimed_by", "flood_id", "flood_profile_id", "theme", "purpose", "unit"),
                name="hit_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(
                    ("flood_id__isnull", True),
                    ("flood_profile_id__isnull", True),
                    ("state__in", ["new", "reopened"]),
                ),
                fields=["organisation", "-priority", "due_at", "subject"],
                name="hit_priority",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(fields=["organisation", "-changed_at"], name="hit_changed"),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(
                    ("flood_id__isnull", True),
                    ("flood_profile_id__isnull", True),
                    ("state__in", ["new", "reopened"]),
                ),
                fields=["organisation", "-opened_at"],
                name="hit_came",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(("flood_id__isnull", False), ("state__in", ["new", "reopened"])),
                fields=["organisation", "flood_id", "due_at", "-priority", "subject"],
                include=("claimed_by", "theme", "purpose", "unit"),
                name="hit_flood",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(
                    ("flood_profile_id__isnull", False), ("state__in", ["new", "reopened"])
                ),
                fields=["organisation", "flood_profile_id", "due_at", "-priority", "subject"],
                include=("claimed_by", "theme", "purpose", "unit"),
                name="hit_flood_profile",
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(
                condition=models.Q(("parts", {}), _negated=True),
                fields=["organisation"],
                name="hit_in_parts",
            ),
        ),
        migrations.AddIndex(
            model_name="reason",
            index=models.Index(
                condition=models.Q(("profile_version_id__isnull", False)),
                fields=["profile_version_id", "created_at"],
                name="reason_of_profile",
            ),
        ),
        migrations.AddConstraint(
            model_name="reason",
            constraint=models.UniqueConstraint(fields=("hit", "key"), name="reason_once"),
        ),
    ]
