"""Minors known by a flag that survives masking; journeys restricted, and to be screened again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0005_names_locked"),
    ]

    operations = [
        *(
            migrations.AddField(
                "journey", name, models.BooleanField(db_default=False, default=False)
            )
            for name in ("minor", "restricted", "rectified", "screen_again")
        ),
        migrations.AddIndex(
            "journey",
            models.Index(condition=models.Q(("minor", True)), fields=["id"], name="journey_minor"),
        ),
        migrations.AddIndex(
            "journey",
            models.Index(
                condition=models.Q(("screen_again", True)),
                fields=["organisation"],
                name="journey_screen_again",
            ),
        ),
        # Unmanaged: the column itself is made in `subjects.sql`.
        migrations.AddField("journeyclear", "restricted", models.BooleanField(default=False)),
    ]
