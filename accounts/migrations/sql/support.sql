-- Support looks into a workspace for as long as a visit is open. Reading passes where a member's would; that it stays reading
-- is the transaction's matter (accounts/visiting.py), which is read only unless the visit says otherwise.
create function mv_visits() returns setof bigint
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select v.workspace_id from accounts_supportvisit v join accounts_user u on u.id = v.staff_id
  where v.staff_id = nullif(current_setting('app.user_id', true), '')::bigint
    and v.ended_at is null and v.ends_at > now() and u.is_staff and u.is_active
$$;

create or replace function mv_is_member() returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (select from accounts_member m
                 where m.user_id = nullif(current_setting('app.user_id', true), '')::bigint
                   and m.workspace_id = nullif(current_setting('app.workspace_id', true), '')::bigint)
      or nullif(current_setting('app.workspace_id', true), '')::bigint in (select mv_visits())
$$;

create or replace function mv_my_workspaces() returns setof bigint
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select m.workspace_id from accounts_member m
  where m.user_id = nullif(current_setting('app.user_id', true), '')::bigint
  union
  select mv_visits()
$$;

-- Enter a workspace on a visit: sets the context and answers with the row and what the visit allows.
create function mv_visit_workspace(p_slug text) returns table (id bigint, visit bigint, may_write boolean)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare v record;
begin
  select w.id as workspace, s.id as visit, s.may_write into v
  from accounts_workspace w join accounts_supportvisit s on s.workspace_id = w.id
  where w.slug = p_slug and s.staff_id = nullif(current_setting('app.user_id', true), '')::bigint
    and s.ended_at is null and s.ends_at > now() and w.id in (select mv_visits())
  order by s.id desc limit 1;
  if v.workspace is null then return; end if;
  perform set_config('app.workspace_id', v.workspace::text, true);
  return query select v.workspace, v.visit, v.may_write;
end $$;
