import django.contrib.postgres.fields
import django.db.models.deletion
import vedette.apps.columns
import vedette.core.ids
from django.db import migrations, models
from vedette.apps.subjects import tables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("sql", "0001_initial"),
        ("accounts", "0001_initial"),
        ("subjects", "0001_initial"),
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
                (
                    "further",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("restricted", models.BooleanField(default=False)),
                ("state", models.JSONField()),
            ],
            options={
                "db_table": "goods_itemclear",
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
                ("number", models.BooleanField()),
                (
                    "declaration",
                    models.ForeignKey(
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="declaration",
            index=models.Index(
                fields=["organisation", "-stated_on", "-id"], name="declaration_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="declarationname",
            constraint=models.UniqueConstraint(
                fields=("organisation", "token", "declaration"), name="declaration_name_once"
            ),
        ),
        *tables.operations(__file__),
    ]
