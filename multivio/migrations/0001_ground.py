"""Grants for the roles and the two functions that row-level security asks."""

from django.db import migrations

GRANTS = """
grant usage on schema public to mv_app, mv_system;
alter default privileges in schema public grant select, insert, update, delete on tables to mv_app, mv_system;
alter default privileges in schema public grant usage, select on sequences to mv_app, mv_system;
alter default privileges in schema public grant execute on functions to mv_app, mv_system;
grant select, insert, update, delete on all tables in schema public to mv_app, mv_system;
grant usage, select on all sequences in schema public to mv_app, mv_system;
"""
UNGRANT = """
alter default privileges in schema public revoke select, insert, update, delete on tables from mv_app, mv_system;
alter default privileges in schema public revoke usage, select on sequences from mv_app, mv_system;
alter default privileges in schema public revoke execute on functions from mv_app, mv_system;
"""

FUNCTIONS = """
create function mv_user() returns bigint language sql stable parallel safe as
  $$ select nullif(current_setting('app.user_id', true), '')::bigint $$;
create function mv_workspace() returns bigint language sql stable parallel safe as
  $$ select nullif(current_setting('app.workspace_id', true), '')::bigint $$;
"""
UNFUNCTIONS = "drop function mv_workspace(); drop function mv_user();"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(GRANTS, UNGRANT), migrations.RunSQL(FUNCTIONS, UNFUNCTIONS)]
