"""A user's language is empty until they choose one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_access")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="language",
            field=models.CharField(blank=True, default="", max_length=5),
        ),
    ]
