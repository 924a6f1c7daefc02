-- Claiming: choose lanes, lock them, lease the head publication of each. Never waits on a row lock. All times are the
-- database's clock, so the hosts' clocks do not matter.
--
-- * Busy is not stored: it is the partial unique index one_in_flight_per_connection. No path can forget to free a lane.
-- * The busy test is a scalar subquery with LIMIT on purpose. NOT EXISTS becomes an anti-join, and statistics are nearly
--   always taken while nothing is in flight: the plan is then a nested loop over all rows in flight.
-- * Fairness: lanes are sorted by `turn` = in flight of the workspace + rank in this batch; workspaces at the cap are left
--   out before the limit. A lane with a backlog goes to the end of the line (its hint becomes now), so that old backlogs of
--   many workspaces cannot fill the window.
create function mv_claim(p_owner text, p_count int, p_lease interval, p_cap int)
returns table (id bigint, fence bigint, connection_id bigint, workspace_id bigint, platform text, due_at timestamptz,
               late_seconds double precision)
language plpgsql volatile set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare v_lanes bigint[]; v_now timestamptz := clock_timestamp(); v_window int := greatest(4 * p_count, 64);
begin
  -- 1. Lanes that are due, not gated, not busy, in a workspace under its cap; the least-loaded workspace first.
  select array_agg(x.connection_id) into v_lanes from (
    with full_workspace as materialized (
      select p.workspace_id from posts_publication p where p.lease_until is not null group by 1 having count(*) >= p_cap),
    candidate as materialized (
      select l.* from (values (0::smallint), (1::smallint)) level(priority)
      cross join lateral (
        select l.connection_id, l.workspace_id, l.priority, l.wake_at from posts_lane l
        where l.priority = level.priority and l.wake_at <= v_now
          and (select b.id from posts_publication b
               where b.connection_id = l.connection_id and b.state in ('leased', 'sending') limit 1) is null
          and l.workspace_id <> all (array(select f.workspace_id from full_workspace f))
          and l.platform <> all (array(select g.platform from posts_platformgate g where g.closed_until > v_now))
        order by l.wake_at limit v_window) l),
    turn as (
      select c.*, (select count(*) from posts_publication o where o.workspace_id = c.workspace_id and o.lease_until is not null)
                  + row_number() over (partition by c.workspace_id order by c.priority, c.wake_at) as turn
      from candidate c)
    select l.connection_id from turn t join posts_lane l on l.connection_id = t.connection_id
    where t.turn <= p_cap and l.wake_at <= v_now   -- checked again on the version that is locked
    order by t.turn, t.priority, t.wake_at limit p_count
    for update of l skip locked) x;
  if v_lanes is null then return; end if;

  -- 2. A new snapshot: a lane claimed and released by somebody else in between is seen. Head and successor in one probe.
  return query
  with two as materialized (
      select u.connection_id, h.ids[1] as id, h.dues[1] as due_at, h.dues[2] as next_due, h.levels[1] as level, h.levels[2] as next_level
      from unnest(v_lanes) u(connection_id)
      cross join lateral (
        select array_agg(p.id) as ids, array_agg(p.due_at) as dues, array_agg(p.priority) as levels from (
          select q.id, q.due_at, q.priority from posts_publication q
          where q.connection_id = u.connection_id and q.state = 'scheduled' order by q.due_at, q.id limit 2) p) h
      where (select b.id from posts_publication b
             where b.connection_id = u.connection_id and b.state in ('leased', 'sending') limit 1) is null),
  mine as materialized (
      select p.id, two.connection_id, two.next_due, two.next_level from two join posts_publication p on p.id = two.id
      where two.due_at <= v_now and p.state = 'scheduled'
      for no key update of p skip locked),         -- a head that is being edited right now waits for the next pass
  got as (
      update posts_publication p
      set state = 'leased', fence = p.fence + 1, lease_owner = p_owner, lease_until = clock_timestamp() + p_lease,
          claimed_at = clock_timestamp(), tries = p.tries + 1
      from mine where p.id = mine.id
      returning p.id, p.fence, p.connection_id, p.workspace_id, p.platform, p.due_at),
  moved as (
      update posts_lane l
      set wake_at = case when m.due is null or l.paused_reason <> '' then null else greatest(l.blocked_until, m.due, v_now) end,
          priority = coalesce(m.level, 1::smallint)
      from (select mine.connection_id, mine.next_due as due, mine.next_level as level from mine
            union all
            select two.connection_id, two.due_at, two.level from two where two.due_at is null or two.due_at > v_now) m
      where l.connection_id = m.connection_id)
  select g.id, g.fence, g.connection_id, g.workspace_id, g.platform::text, g.due_at,
         extract(epoch from clock_timestamp() - g.due_at)::double precision
  from got g;
end $$;

-- When is it worth claiming again? One probe on lane_wake; busy lanes are skipped, whoever frees one claims again.
create function mv_next_wake() returns timestamptz language sql stable set search_path = public, pg_temp as $$
  select min(x.wake_at) from (values (0::smallint), (1::smallint)) level(priority) cross join lateral (
    select l.wake_at from posts_lane l
    where l.priority = level.priority and l.wake_at is not null
      and (select b.id from posts_publication b
           where b.connection_id = l.connection_id and b.state in ('leased', 'sending') limit 1) is null
    order by l.wake_at limit 1) x
$$;
