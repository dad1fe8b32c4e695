"""A second person for a code list that profiles stand for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_approval_scope")]

    operations = [
        migrations.AlterField(
            model_name="approval",
            name="kind",
            field=models.CharField(
                choices=[
                    ("list", "activate a list"),
                    ("profile", "activate a profile"),
                    ("codes", "change a code list"),
                    ("unmask", "unmask a person"),
                    ("delete", "delete records"),
                    ("export", "export many records"),
                    ("retention", "change retention"),
                ],
                max_length=10,
            ),
        ),
    ]
