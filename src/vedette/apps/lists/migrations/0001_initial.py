import django.contrib.postgres.fields
import django.db.models.deletion
import vedette.apps.lists.models
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
            name="KnowledgeState",
            fields=[
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="accounts.organisation",
                    ),
                ),
                ("number", models.BigIntegerField(default=0)),
                ("compared", models.JSONField(db_default={}, default=dict)),
                ("supplied", models.JSONField(db_default={}, default=dict)),
                ("problem", models.CharField(blank=True, db_default="", default="", max_length=10)),
                ("problem_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ListDraft",
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("upload", models.BinaryField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("done", models.PositiveIntegerField(db_default=0, default=0)),
                ("head", models.JSONField(null=True)),
                ("refusal", models.TextField(blank=True, db_default="", default="")),
                ("terms", models.JSONField(default=dict)),
                ("asked_at", models.DateTimeField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("expected", models.JSONField(null=True)),
                ("counts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ListSubscription",
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
                ("url", models.CharField(max_length=500)),
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
                ("terms", models.JSONField()),
                ("every", models.PositiveSmallIntegerField(default=24)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField(db_index=True)),
                ("fetched_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField(null=True)),
                ("etag", models.CharField(blank=True, max_length=200)),
                ("content_hash", models.CharField(blank=True, max_length=64)),
                ("error", models.CharField(blank=True, max_length=20)),
                ("error_detail", models.CharField(blank=True, max_length=300)),
                ("offered", models.UUIDField(null=True)),
                (
                    "created_by",
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Watchlist",
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
                    "themes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        default=vedette.apps.lists.models.default_themes,
                        size=None,
                    ),
                ),
                ("of_kind", models.CharField(blank=True, db_default="", default="", max_length=20)),
                (
                    "replaces",
                    models.CharField(blank=True, db_default="", default="", max_length=60),
                ),
                ("screened_on", models.DateField(null=True)),
                ("name", models.CharField(max_length=100)),
                ("lookouts", models.BooleanField(default=False)),
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
                ("basis", models.CharField(max_length=300)),
                ("owner", models.CharField(max_length=200)),
                ("expires_on", models.DateField(null=True)),
                ("weight", models.PositiveSmallIntegerField(default=70)),
                ("synthetic", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
            name="ListVersion",
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
                ("format", models.CharField(max_length=30)),
                ("file_name", models.CharField(max_length=200)),
                ("content_hash", models.CharField(max_length=64)),
                ("published_at", models.DateTimeField(null=True)),
                ("imported_at", models.DateTimeField(auto_now_add=True)),
                ("entry_count", models.PositiveIntegerField()),
                ("added", models.PositiveIntegerField()),
                ("changed", models.PositiveIntegerField()),
                ("removed", models.PositiveIntegerField()),
                ("problems", models.JSONField(default=list)),
                ("active_from", models.DateField(null=True)),
                ("rule", models.TextField(blank=True, db_default="", default="")),
                (
                    "imported_by",
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
                    "watchlist",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="lists.watchlist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListEntry",
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
                ("ref", models.CharField(max_length=100)),
                ("content_hash", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("name_key", models.TextField()),
                ("since", models.PositiveIntegerField()),
                ("until", models.PositiveIntegerField(null=True)),
                ("asked", models.BooleanField(db_default=False, default=False)),
                ("withdrawn", models.BooleanField(db_default=False, default=False)),
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
                    "watchlist",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="lists.watchlist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DraftEntry",
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
                ("ref", models.CharField(max_length=100)),
                ("content_hash", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("name_key", models.TextField()),
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
                    "draft",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="lists.listdraft",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("draft", "ref"), name="draft_entry_ref")
                ],
            },
        ),
        migrations.CreateModel(
            name="Lookout",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="lists.listentry",
                    ),
                ),
                ("group_label", models.CharField(blank=True, max_length=40)),
                ("caller", models.CharField(max_length=200)),
                ("why", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                (
                    "created_by",
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
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="watchlist",
            constraint=models.UniqueConstraint(
                fields=("organisation", "name"), name="watchlist_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="listversion",
            constraint=models.UniqueConstraint(
                fields=("watchlist", "number"), name="version_number"
            ),
        ),
        migrations.AddIndex(
            model_name="listentry",
            index=models.Index(fields=["watchlist", "name_key", "id"], name="entry_name"),
        ),
        migrations.AddIndex(
            model_name="listentry",
            index=models.Index(fields=["watchlist", "since"], name="entry_since"),
        ),
        migrations.AddIndex(
            model_name="listentry",
            index=models.Index(fields=["watchlist", "until"], name="entry_until"),
        ),
        migrations.AddIndex(
            model_name="listentry",
            index=models.Index(
                condition=models.Q(
                    models.Q(("asked", False), ("until", None)),
                    models.Q(("until__isnull", False), ("withdrawn", False)),
                    _connector="OR",
                ),
                fields=["organisation", "watchlist", "since"],
                name="entry_to_ask",
            ),
        ),
        migrations.AddConstraint(
            model_name="listentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)),
                fields=("watchlist", "ref"),
                name="entry_current",
            ),
        ),
        migrations.AddIndex(
            model_name="lookout",
            index=models.Index(fields=["organisation", "expires_at"], name="lookout_expiry"),
        ),
    ]
