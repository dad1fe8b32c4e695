"""Which tokens their user made, and which passwords an administrator gave: none of before is known to be."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_unseen_reasons")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="own",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="password_given",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
