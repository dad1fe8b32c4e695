"""The class of the first migration of each app, which creates all tables of the app at once.

After each operation of a migration, Django rebuilds the classes of all models that are related to a changed
model. Nearly all models are related to the organisation, so the time grows with the square of the number of
operations: 380 operations needed 15 s of processor time on the machine where this was measured. This module
builds the classes only once for each app, and creates the table of each model with all its fields, indexes
and constraints.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

#: Operations that only complete a table which the same migration creates.
_COMPLETES = (migrations.AddField, migrations.AddIndex, migrations.AddConstraint)


class Migration(migrations.Migration):
    """Applies the operations of the first migration of an app: first the tables, then the other operations in
    their order. `sqlmigrate` and the reversal of a migration work as in Django."""

    initial = True

    def apply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        """Creates the tables in `schema_editor`'s database, and returns `project_state` with the new models.

        Raises `ValueError` if an operation changes a model of an earlier migration.
        """
        if collect_sql:
            return super().apply(project_state, schema_editor, collect_sql)
        made = [op for op in self.operations if isinstance(op, migrations.CreateModel)]
        names = {op.name.lower() for op in made}
        after = []
        # Without classes in the state, an operation changes only the description of its model.
        project_state.__dict__.pop("apps", None)
        for operation in self.operations:
            if isinstance(operation, _COMPLETES):
                if operation.model_name.lower() not in names:
                    raise ValueError(f"{operation.model_name} is not created by {self}")
            elif operation not in made:
                after.append(operation)
                continue
            operation.state_forwards(self.app_label, project_state)
        for operation in made:
            operation.database_forwards(self.app_label, schema_editor, project_state, project_state)
        for operation in after:
            before = project_state.clone()
            operation.state_forwards(self.app_label, project_state)
            operation.database_forwards(self.app_label, schema_editor, before, project_state)
        return project_state
