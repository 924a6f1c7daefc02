drop function mv_visit_workspace(text);
create or replace function mv_my_workspaces() returns setof bigint
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select m.workspace_id from accounts_member m
  where m.user_id = nullif(current_setting('app.user_id', true), '')::bigint
$$;
create or replace function mv_is_member() returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (select from accounts_member m
                 where m.user_id = nullif(current_setting('app.user_id', true), '')::bigint
                   and m.workspace_id = nullif(current_setting('app.workspace_id', true), '')::bigint)
$$;
drop function mv_visits();
