-- Lanes: one narrow row per connection. The hint `wake_at` is never later than the truth: too early costs one probe and is
-- corrected by the claim, too late would let a post sleep. NULL means nothing to do.

create function mv_lane_wake(p_due timestamptz, p_blocked timestamptz, p_paused text) returns timestamptz
language sql immutable parallel safe as $$
  select case when p_due is null or p_paused <> '' then null else greatest(p_due, p_blocked) end
$$;

-- Every connection has a lane from its first moment.
create function mv_lane_create() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into posts_lane (connection_id, workspace_id, platform, priority, paused_reason)
  values (new.id, new.workspace_id, new.platform, 1, mv_pause_reason(new.disconnected_at, new.health));
  return null;
end $$;

create function mv_pause_reason(p_disconnected timestamptz, p_health text) returns text
language sql immutable parallel safe as $$
  select case when p_disconnected is not null then 'disconnected' when p_health = 'broken' then 'reconnect' else '' end
$$;

-- A connection that cannot be used pauses its lane and holds what was scheduled, at once and for people to see; one that can
-- be used again opens the lane (what was held goes back in posts/receivers.py, which knows how late is too late).
create function mv_lane_follow() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_reason text := mv_pause_reason(new.disconnected_at, new.health);
begin
  update posts_lane set paused_reason = v_reason where connection_id = new.id;
  if v_reason <> '' then
    perform mv_hold(array(select id from posts_publication where connection_id = new.id and state = 'scheduled' order by id), v_reason);
  end if;
  return null;
end $$;

create function mv_hold(p_ids bigint[], p_reason text) returns bigint
language sql volatile set search_path = public, pg_temp as $$
  with u as (
    update posts_publication
    set state = 'held', error_code = p_reason,
        error_sentence = case p_reason when 'reconnect' then 'The account needs to be reconnected, so this waits.'
                         else 'The account was disconnected, so this waits.' end,
        error_next_step = 'Reconnect the account: what is still recent or yet to come then goes out by itself.'
    where id = any(p_ids) and state = 'scheduled' returning 1)
  select count(*) from u
$$;

create trigger lane_create after insert on social_connection for each row execute function mv_lane_create();
create trigger lane_follow after update of health, disconnected_at on social_connection for each row
  when (mv_pause_reason(old.disconnected_at, old.health) is distinct from mv_pause_reason(new.disconnected_at, new.health))
  execute function mv_lane_follow();

-- A gate that opens or closes recomputes the hint from the truth.
create function mv_lane_gate() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  new.wake_at := mv_lane_wake(
    (select min(q.due_at) from posts_publication q where q.connection_id = new.connection_id and q.state = 'scheduled'),
    new.blocked_until, new.paused_reason);
  return new;
end $$;
create trigger lane_gate before update of blocked_until, paused_reason on posts_lane for each row
  when (old.blocked_until is distinct from new.blocked_until or old.paused_reason is distinct from new.paused_reason)
  execute function mv_lane_gate();

-- Every row that becomes scheduled pulls its lane forward. KEY SHARE first: without it a claim that runs at the same time
-- could move the hint past a row it cannot see yet, and the post would sleep for ever. Claims take FOR UPDATE SKIP LOCKED,
-- so they step over. Never relax either lock.
create function mv_lane_insert() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from posts_lane l
  where l.connection_id in (select n.connection_id from new_rows n where n.state = 'scheduled')
  order by l.connection_id for key share;
  update posts_lane l
  set wake_at = least(l.wake_at, mv_lane_wake(n.due_at, l.blocked_until, l.paused_reason)),
      priority = least(l.priority, n.priority)
  from (select connection_id, min(due_at) as due_at,
               coalesce(min(priority) filter (where due_at <= clock_timestamp() + interval '1 s'), 1)::smallint as priority
        from new_rows where state = 'scheduled' group by 1) n
  where l.connection_id = n.connection_id
    -- Only when the hint has to move: otherwise two people who plan for one account would wait for each other.
    and (l.wake_at is null or l.wake_at > greatest(n.due_at, l.blocked_until) or l.priority > n.priority);
  return null;
end $$;

create function mv_lane_update() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from posts_lane l where l.connection_id = new.connection_id for key share;
  update posts_lane l
  set wake_at = least(l.wake_at, mv_lane_wake(new.due_at, l.blocked_until, l.paused_reason)),
      priority = case when new.priority = 0 and new.due_at <= clock_timestamp() + interval '1 s' then 0 else l.priority end
  where l.connection_id = new.connection_id
    and (l.wake_at is null or l.wake_at > greatest(new.due_at, l.blocked_until) or l.priority > new.priority);
  return null;
end $$;

create trigger lane_insert after insert on posts_publication referencing new table as new_rows
  for each statement execute function mv_lane_insert();
create trigger lane_update after update of state, due_at, priority on posts_publication for each row
  when (new.state = 'scheduled' and (old.state <> 'scheduled' or new.due_at < old.due_at or new.priority < old.priority))
  execute function mv_lane_update();

-- "Now" should not wait for the dispatcher's next look. Only a row that is due within a second rings, never each row of a
-- schedule: NOTIFY takes a lock at commit that all writers share.
create function mv_ring() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  perform pg_notify('publication_due', '');
  return null;
end $$;
create trigger ring_insert after insert on posts_publication for each row
  when (new.state = 'scheduled' and new.due_at <= clock_timestamp() + interval '1 s') execute function mv_ring();
create trigger ring_update after update of state, due_at on posts_publication for each row
  when (new.state = 'scheduled' and new.due_at <= clock_timestamp() + interval '1 s' and old.state <> 'scheduled')
  execute function mv_ring();
