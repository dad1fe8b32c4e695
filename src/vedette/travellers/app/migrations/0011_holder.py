"""Claims name their holder; deaths are counted apart from claims. Earlier counts were of claims: they go."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0010_screen_again"),
    ]

    operations = [
        migrations.RemoveField(model_name="inbox", name="alone"),
        migrations.AddField(
            model_name="inbox",
            name="deaths",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(model_name="inbox", name="holder", field=models.UUIDField(null=True)),
    ]
