"""Migration operations for row-level security. Every table with a `workspace_id` passes through `protect()`."""

from django.db import migrations

MEMBER_ONLY = "workspace_id = (select mv_workspace()) and (select mv_is_member())"

_ENABLE = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy owner_all on {table} to mv_owner using (true) with check (true);
create policy system_all on {table} to mv_system using (true) with check (true);
"""
_DISABLE = """
drop policy system_all on {table};
drop policy owner_all on {table};
alter table {table} no force row level security;
alter table {table} disable row level security;
"""


def protect(table: str, *, visible: str | None = MEMBER_ONLY, writable: bool = True) -> migrations.RunSQL:
    """Enable and force row-level security on `table`.

    `visible` is the condition under which the app role sees a row (None: never, system only). `writable=False` lets the
    app role read but not change rows, whatever it was granted.
    """
    forward, backward = _ENABLE.format(table=table), _DISABLE.format(table=table)
    if visible and writable:
        forward += f"create policy tenant on {table} to mv_app using ({visible}) with check ({visible});\n"
    elif visible:
        forward += f"create policy tenant on {table} for select to mv_app using ({visible});\n"
    if visible:
        backward = f"drop policy tenant on {table};\n" + backward
    if not visible:
        forward += f"revoke all on {table} from mv_app;\n"
    elif not writable:
        # DELETE stays granted, because Django's cascades ask for it; without a policy for it no row is ever deleted, and
        # the foreign key then refuses to delete the parent.
        forward += f"revoke insert, update, truncate on {table} from mv_app;\n"
    return migrations.RunSQL(forward, backward)
