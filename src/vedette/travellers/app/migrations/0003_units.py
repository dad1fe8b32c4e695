"""The unit that serves a flight, on the flight and on each journey."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

UNIT: dict[str, Any] = {
    "db_index": False,
    "null": True,
    "on_delete": django.db.models.deletion.PROTECT,
    "related_name": "+",
    "to": "accounts.unit",
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_sign_in"),
        ("intake", "0002_message_sub_function"),
    ]

    operations = [
        migrations.AddField("flight", "unit", models.ForeignKey(**UNIT)),
        migrations.AddField("journey", "unit", models.ForeignKey(**UNIT)),
    ]
