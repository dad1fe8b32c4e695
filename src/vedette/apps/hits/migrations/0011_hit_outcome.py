"""The view of what became of a hit; confirmed journeys are kept by triggers that read it."""

from django.db import migrations

from vedette.apps.sql import sql

# Confirmed journeys were written by a function whose rule was not that of the pages.
_BEFORE = "DROP FUNCTION IF EXISTS vedette_confirm(uuid), vedette_is_confirmed(uuid)"
_AFTER = """
    INSERT INTO targeting_confirmed AS c (journey_id, organisation_id, since)
    SELECT journey_id, organisation_id, since FROM hit_outcome WHERE outcome = 'confirmed'
    ON CONFLICT (journey_id) DO UPDATE
        SET until = NULL, since = greatest(EXCLUDED.since, c.until) WHERE c.until IS NOT NULL;
    UPDATE targeting_confirmed c SET until = clock_timestamp()
    WHERE until IS NULL AND NOT EXISTS (
        SELECT FROM hit_outcome o WHERE o.journey_id = c.journey_id AND o.outcome = 'confirmed');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("targeting", "0010_hit_organisation"),
    ]

    operations = [
        migrations.RunSQL(_BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(sql("hit_outcome"), migrations.RunSQL.noop),
        migrations.RunSQL(_AFTER, migrations.RunSQL.noop),
    ]
