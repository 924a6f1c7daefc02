"""Row-level security for workspaces, and the only doors by which somebody joins or enters one."""

from django.db import migrations

from multivio.rls import protect

# Functions that run as the owner are named in the policies (owner_all), so none of them recurses into a policy. Their
# search_path is fixed, and each checks who asks by itself.
FUNCTIONS = """
create function mv_is_member() returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (select from accounts_member m
                 where m.user_id = nullif(current_setting('app.user_id', true), '')::bigint
                   and m.workspace_id = nullif(current_setting('app.workspace_id', true), '')::bigint)
$$;

create function mv_my_workspaces() returns setof bigint
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select m.workspace_id from accounts_member m
  where m.user_id = nullif(current_setting('app.user_id', true), '')::bigint
$$;

-- Enter a workspace by its slug: sets the context and answers with the row and the role, in one round trip.
create function mv_enter_workspace(p_slug text) returns table (id bigint, role text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare v_id bigint; v_role text;
begin
  select w.id, m.role into v_id, v_role
  from accounts_workspace w join accounts_member m on m.workspace_id = w.id
  where w.slug = p_slug and m.user_id = nullif(current_setting('app.user_id', true), '')::bigint;
  if v_id is null then return; end if;
  perform set_config('app.workspace_id', v_id::text, true);
  return query select v_id, v_role;
end $$;

-- A new workspace always has an owner: the user in the context.
create function mv_create_workspace(p_uid uuid, p_name text, p_slug text, p_zone text) returns bigint
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare v_user bigint := nullif(current_setting('app.user_id', true), '')::bigint; v_id bigint;
begin
  if v_user is null then raise exception 'nobody is signed in' using errcode = 'insufficient_privilege'; end if;
  insert into accounts_workspace (uid, name, slug, zone, created_at)
  values (p_uid, p_name, p_slug, p_zone, now()) returning accounts_workspace.id into v_id;
  insert into accounts_member (workspace_id, user_id, role, joined_at) values (v_id, v_user, 'owner', now());
  return v_id;
end $$;

-- An API key is looked up before anybody is known, by the hash of its secret alone.
create function mv_api_key(p_digest text) returns table (id bigint, user_id bigint, workspace_id bigint, role text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare v record;
begin
  select k.id, k.user_id, k.workspace_id, m.role::text as role, k.last_used_at into v
  from accounts_apikey k
    join accounts_member m on m.user_id = k.user_id and m.workspace_id = k.workspace_id
    join accounts_user u on u.id = k.user_id
  where k.digest = p_digest and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and u.is_active;
  if v.id is null then return; end if;
  -- "last used" to the minute: a busy key must not become a busy row
  if v.last_used_at is null or v.last_used_at < now() - interval '1 minute' then
    update accounts_apikey k set last_used_at = now() where k.id = v.id;
  end if;
  return query select v.id, v.user_id, v.workspace_id, v.role;
end $$;
"""
UNFUNCTIONS = """
drop function mv_api_key(text);
drop function mv_create_workspace(uuid, text, text, text);
drop function mv_enter_workspace(text);
drop function mv_my_workspaces();
drop function mv_is_member();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("multivio", "0001_ground")]
    operations = [
        migrations.RunSQL(FUNCTIONS, UNFUNCTIONS),
        protect("accounts_workspace", visible="id in (select mv_my_workspaces())"),
        migrations.RunSQL("revoke insert, delete, truncate on accounts_workspace from mv_app", migrations.RunSQL.noop),
        # One's own memberships everywhere, and everybody's in the workspaces one is in.
        protect(
            "accounts_member",
            visible="user_id = (select mv_user()) or workspace_id in (select mv_my_workspaces())",
            writable=False,
        ),
        protect("accounts_apikey"),
    ]
