"""Names of received files may name a person: in cipher from now on, those held as well."""

from django.db import migrations

from vedette.apps.inbox import fields


def lock_names(apps, schema_editor):
    """What was in clear; done by the owner, for all organisations."""
    from vedette.apps.accounts.locking import lock

    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM intake_inbox WHERE name <> ''")
        rows = [(lock(name, fields.FILE_NAME), id_) for id_, name in cursor.fetchall()]
        cursor.executemany("UPDATE intake_inbox SET name = %s WHERE id = %s", rows)


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0004_resend_asked"),
    ]

    operations = [
        migrations.AlterField("inbox", "name", fields.LockedTextField(blank=True)),
        migrations.RunPython(lock_names, migrations.RunPython.noop),
        # What the update left behind still stands in the table's file.
        migrations.RunSQL("CLUSTER intake_inbox USING intake_inbox_pkey", migrations.RunSQL.noop),
    ]
