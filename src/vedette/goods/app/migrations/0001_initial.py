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
        ("profiles", "0001_initial"),
        ("subjects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DeclarationClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "declaration_id",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("declaration_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("reference", models.TextField(null=True)),
                ("restricted", models.BooleanField(default=False)),
                ("state", models.JSONField()),
            ],
            options={
                "db_table": "goods_declarationclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ItemClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "item_id",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("item_id", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("consignment", models.TextField()),
                ("description", models.TextField(null=True)),
                ("hs", models.TextField(null=True)),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "word_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("mass", models.DecimalField(decimal_places=12, max_digits=40, null=True)),
                ("value", models.DecimalField(decimal_places=12, max_digits=40, null=True)),
                ("currency", models.TextField(null=True)),
                ("compared", models.JSONField(null=True)),
                (
                    "further",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "matched",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("needs_licence", models.BooleanField(default=False)),
                ("restricted", models.BooleanField(default=False)),
                ("state", models.JSONField()),
            ],
            options={
                "db_table": "goods_itemclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="NoticeClear",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "copy_id",
                        "part",
                        "retention_class",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("copy_id", models.UUIDField()),
                ("part", models.UUIDField()),
                ("retention_class", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("organisation_id", models.UUIDField()),
                ("content", models.JSONField()),
                ("restricted", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "goods_noticeclear",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Declaration",
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
                ("document", models.CharField(max_length=20)),
                ("direction", models.CharField(blank=True, max_length=10)),
                (
                    "places",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=17), default=list, size=None
                    ),
                ),
                ("submitter", models.BinaryField(max_length=16, null=True)),
                ("contested", models.BooleanField(db_default=False, default=False)),
                ("joined_to", models.UUIDField(null=True)),
                ("stated_on", models.DateField()),
                ("stated", models.CharField(max_length=100)),
                ("whole", models.JSONField(default=list)),
                ("cancelled", models.JSONField(default=list)),
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
            name="DeclarationName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.BinaryField(max_length=16)),
                ("shared", models.BinaryField(max_length=16)),
                ("number", models.BooleanField()),
                (
                    "declaration",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="names",
                        to="goods.declaration",
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
            name="ExportNotice",
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
                ("number", models.CharField(max_length=20, unique=True)),
                ("key", models.CharField(max_length=20, unique=True)),
                ("theme", models.CharField(default="global_shield", max_length=20)),
                ("purpose", models.CharField(default="border", max_length=20)),
                ("state", models.CharField(default="draft", max_length=12)),
                ("substance", models.CharField(max_length=60)),
                ("quantity", models.DecimalField(decimal_places=9, max_digits=30)),
                ("unit", models.CharField(max_length=10)),
                ("consent_basis", models.CharField(blank=True, max_length=20)),
                ("consent_on", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("asked", models.BooleanField(default=False)),
                ("escalated_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "addressee",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
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
        ),
        migrations.CreateModel(
            name="Lane",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("lane", models.CharField(max_length=10)),
                ("selected", models.BooleanField()),
                ("theme", models.CharField(max_length=20)),
                ("purpose", models.CharField(max_length=20)),
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
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="profiles.version",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Licence",
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
                ("number", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=60)),
                ("token", models.BinaryField(max_length=16)),
                ("kind", models.CharField(blank=True, max_length=6)),
                (
                    "holders",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                (
                    "destinations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), default=list, size=None
                    ),
                ),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                ("revoked", models.DateField(null=True)),
                ("lines", models.JSONField(default=list)),
                ("version", models.PositiveIntegerField(default=1)),
                ("applied", models.PositiveIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
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
            name="LicenceBalance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField()),
                ("quantity", models.DecimalField(decimal_places=9, max_digits=30)),
                ("drawn", models.DecimalField(decimal_places=9, default=0, max_digits=30)),
                (
                    "licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="balances",
                        to="goods.licence",
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
            name="LicenceUse",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("subject_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("state", models.CharField(max_length=20)),
                ("draws", models.BooleanField()),
                ("wants", models.JSONField(default=list)),
                ("line", models.PositiveIntegerField(null=True)),
                ("asked", models.DecimalField(decimal_places=9, max_digits=30, null=True)),
                ("drawn", models.BooleanField(default=False)),
                ("fell", models.BooleanField(default=False)),
                ("before", models.JSONField(default=dict)),
                ("again", models.BooleanField(default=False)),
                ("recheck", models.BooleanField(db_default=False, default=False)),
                (
                    "licence",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="goods.licence",
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
            name="LicenceVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "source",
                    models.CharField(
                        choices=[("form", "form"), ("import", "import")], max_length=6
                    ),
                ),
                ("content", models.JSONField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="goods.licence",
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
            name="NoticeCopy",
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
                (
                    "consignors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BinaryField(max_length=16), default=list, size=None
                    ),
                ),
                (
                    "consignees",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BinaryField(max_length=16), default=list, size=None
                    ),
                ),
                ("applied", models.PositiveIntegerField(default=0)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="goods.exportnotice",
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
            name="GoodsItem",
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
                        related_name="goods",
                        serialize=False,
                        to="subjects.subject",
                    ),
                ),
                ("consignment", models.CharField(blank=True, max_length=32)),
                ("number", models.IntegerField()),
                ("hs", models.CharField(blank=True, max_length=6)),
                ("present", models.BooleanField(default=True)),
                ("importer", models.BinaryField(max_length=16, null=True)),
                ("first_at", models.DateTimeField(null=True)),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="goods.declaration",
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
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="goods.noticecopy",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeDesk",
            fields=[
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.organisation",
                    ),
                ),
                ("open", models.BooleanField(default=False)),
                ("hours", models.PositiveIntegerField(default=168)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeEvent",
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
                ("action", models.CharField(max_length=12)),
                ("state", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("text", models.BooleanField(default=False)),
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
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="goods.exportnotice",
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
            name="Terms",
            fields=[
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.organisation",
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("rates", models.JSONField(default=dict)),
                ("thresholds", models.JSONField(default=list)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Baseline",
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
                        choices=[("waiting", "waiting"), ("ready", "ready"), ("failed", "failed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("built_at", models.DateTimeField(null=True)),
                ("table", models.BinaryField(null=True)),
                ("imported", models.BooleanField(default=False)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=20)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("items", models.PositiveBigIntegerField(default=0)),
                ("unused", models.PositiveBigIntegerField(default=0)),
                ("first_day", models.DateField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("since", models.DateField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("rates", models.JSONField(default=dict)),
                ("thresholds", models.JSONField(default=list)),
                ("ranges", models.JSONField(default=list)),
                ("content", models.TextField(blank=True)),
                (
                    "asked_by",
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "number"), name="baseline_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("organisation",),
                        name="baseline_one_waits",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="declaration",
            index=models.Index(
                fields=["organisation", "-stated_on", "-id"], name="declaration_day"
            ),
        ),
        migrations.AddIndex(
            model_name="declarationname",
            index=models.Index(
                fields=["organisation", "shared", "token", "-id"], name="declaration_name_newest"
            ),
        ),
        migrations.AddConstraint(
            model_name="declarationname",
            constraint=models.UniqueConstraint(
                fields=("declaration", "token"), name="declaration_name_once"
            ),
        ),
        migrations.AddIndex(
            model_name="exportnotice",
            index=models.Index(
                fields=["organisation", "-created_at", "-id"], name="export_notice_from"
            ),
        ),
        migrations.AddIndex(
            model_name="exportnotice",
            index=models.Index(fields=["addressee", "-created_at", "-id"], name="export_notice_to"),
        ),
        migrations.AddIndex(
            model_name="exportnotice",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="export_notice_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="exportnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("addressee", models.F("organisation")), _negated=True),
                name="export_notice_to_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="exportnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="export_notice_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="exportnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at__isnull", True),
                    models.Q(
                        ("consent_on__isnull", False),
                        models.Q(("consent_basis", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="export_notice_consent",
            ),
        ),
        migrations.AddIndex(
            model_name="lane",
            index=models.Index(fields=["organisation", "lane", "selected"], name="goods_lane_of"),
        ),
        migrations.AddIndex(
            model_name="lane",
            index=models.Index(fields=["version", "-id"], name="goods_lane_version"),
        ),
        migrations.AddConstraint(
            model_name="lane",
            constraint=models.UniqueConstraint(fields=("subject", "version"), name="lane_once"),
        ),
        migrations.AddIndex(
            model_name="licence",
            index=models.Index(fields=["organisation", "token"], name="licence_token"),
        ),
        migrations.AddIndex(
            model_name="licence",
            index=models.Index(fields=["organisation", "kind"], name="licence_kind"),
        ),
        migrations.AddIndex(
            model_name="licence",
            index=models.Index(
                condition=models.Q(("applied__lt", models.F("version"))),
                fields=["organisation"],
                name="licence_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="licence",
            constraint=models.UniqueConstraint(
                fields=("organisation", "key"), name="licence_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="licencebalance",
            constraint=models.UniqueConstraint(
                fields=("licence", "line"), name="licence_balance_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="licencebalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("drawn__gte", 0), ("drawn__lte", models.F("quantity"))),
                name="licence_balance_not_below_zero",
            ),
        ),
        migrations.AddIndex(
            model_name="licenceuse",
            index=models.Index(fields=["licence", "at", "id"], name="licence_use_order"),
        ),
        migrations.AddIndex(
            model_name="licenceuse",
            index=models.Index(fields=["subject_id"], name="licence_use_subject"),
        ),
        migrations.AddIndex(
            model_name="licenceuse",
            index=models.Index(
                condition=models.Q(("again", True), ("recheck", True), _connector="OR"),
                fields=["organisation"],
                name="licence_use_again",
            ),
        ),
        migrations.AddConstraint(
            model_name="licenceversion",
            constraint=models.UniqueConstraint(
                fields=("licence", "number"), name="licence_version_once"
            ),
        ),
        migrations.AddIndex(
            model_name="noticecopy",
            index=models.Index(fields=["organisation", "notice"], name="notice_copy_of"),
        ),
        migrations.AddConstraint(
            model_name="noticecopy",
            constraint=models.UniqueConstraint(
                fields=("notice", "organisation"), name="notice_copy_once"
            ),
        ),
        migrations.AddIndex(
            model_name="goodsitem",
            index=models.Index(
                condition=models.Q(("importer__isnull", False)),
                fields=["organisation", "importer", "-received_at"],
                name="goods_importer",
            ),
        ),
        migrations.AddIndex(
            model_name="goodsitem",
            index=models.Index(
                condition=models.Q(("notice__isnull", False)),
                fields=["notice"],
                name="goods_notice",
            ),
        ),
        migrations.AddIndex(
            model_name="noticeevent",
            index=models.Index(
                condition=models.Q(("told", False)), fields=["at"], name="notice_event_untold"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeevent",
            constraint=models.UniqueConstraint(
                fields=("notice", "number"), name="notice_event_once"
            ),
        ),
        *tables.operations(__file__),
    ]
