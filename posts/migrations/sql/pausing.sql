-- Pausing: somebody stops a connection, or the whole workspace. What is scheduled stays scheduled and waits; nothing that has
-- not left yet leaves (mv_intend asks). A lost connection weighs more than a pause: its posts are held, and said to be.

create function mv_pause_reason(p_disconnected timestamptz, p_health text, p_paused boolean) returns text
language sql immutable parallel safe as $$
  select case when p_disconnected is not null then 'disconnected' when p_health = 'broken' then 'reconnect'
              when p_paused then 'paused' else '' end
$$;

-- The workspace's row is held until the lane exists: a pause at the same time waits, and then finds it.
create or replace function mv_lane_create() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_paused boolean;
begin
  select w.paused_at is not null into v_paused from accounts_workspace w where w.id = new.workspace_id for share;
  insert into posts_lane (connection_id, workspace_id, platform, priority, paused_reason)
  values (new.id, new.workspace_id, new.platform, 1,
          mv_pause_reason(new.disconnected_at, new.health, v_paused or new.paused_at is not null));
  return null;
end $$;

-- The lane first, then the reason from what is committed by then: the connection and its workspace may change together.
create or replace function mv_lane_follow() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_reason text;
begin
  perform 1 from posts_lane where connection_id = new.id for no key update;
  select mv_pause_reason(new.disconnected_at, new.health, new.paused_at is not null or w.paused_at is not null) into v_reason
  from accounts_workspace w where w.id = new.workspace_id;
  update posts_lane set paused_reason = v_reason where connection_id = new.id;
  if v_reason not in ('', 'paused') then
    perform mv_hold(array(select id from posts_publication where connection_id = new.id and state = 'scheduled' order by id), v_reason);
  end if;
  return null;
end $$;

drop trigger lane_follow on social_connection;
create trigger lane_follow after update of health, disconnected_at, paused_at on social_connection for each row
  when (mv_pause_reason(old.disconnected_at, old.health, old.paused_at is not null)
        is distinct from mv_pause_reason(new.disconnected_at, new.health, new.paused_at is not null))
  execute function mv_lane_follow();

create function mv_lanes_follow_workspace() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from posts_lane where workspace_id = new.id order by connection_id for no key update;
  update posts_lane l
  set paused_reason = mv_pause_reason(c.disconnected_at, c.health, c.paused_at is not null or new.paused_at is not null)
  from social_connection c where c.id = l.connection_id and l.workspace_id = new.id;
  return null;
end $$;
create trigger lanes_follow_workspace after update of paused_at on accounts_workspace for each row
  when ((old.paused_at is null) <> (new.paused_at is null)) execute function mv_lanes_follow_workspace();

-- As before, and nothing leaves through a lane that is paused, for whatever reason.
create or replace function mv_intend(p_ids bigint[], p_fences bigint[], p_steps text[], p_digests text[], p_commits int[], p_lease interval)
returns setof bigint language sql volatile set search_path = public, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
  with x as (
    select * from unnest(p_ids, p_fences, p_steps, p_digests, p_commits) as t(id, fence, step, digest, commits)),
  u as (
    update posts_publication p
    set state = 'sending', lease_until = clock_timestamp() + p_lease, content_sha256 = x.digest, commits = x.commits,
        error_code = '', error_sentence = '', error_next_step = ''
    from x
    where p.id = x.id and p.fence = x.fence and p.state in ('leased', 'sending')
      and p.lease_until > clock_timestamp() and not p.cancel_requested
      and (select l.paused_reason from posts_lane l where l.connection_id = p.connection_id) = ''
    returning p.id, p.fence, p.workspace_id, x.step, x.digest)
  insert into posts_attempt (workspace_id, publication_id, fence, step, status, disproved, request_sha256, started_at, code,
                             sentence, detail, remote_id, remote_url)
  select u.workspace_id, u.id, u.fence, u.step, 'intent', false, u.digest, clock_timestamp(), '', '', '', '', '' from u
  returning publication_id
$$;

-- As before, and what a paused lane holds back stays scheduled.
create or replace function mv_sweep() returns table (released bigint, became_unknown bigint, held bigint)
language plpgsql volatile set search_path = public, pg_temp as $$
begin
  with u as (
    update posts_publication p
    set state = case when p.cancel_requested and p.committed = 0 then 'cancelled' else 'scheduled' end,
        lease_until = null, lease_owner = null
    where p.id in (select id from posts_publication where state = 'leased' and lease_until < clock_timestamp()
                   order by id for update skip locked limit 1000)
    returning 1)
  select count(*) into released from u;
  with expired as (
    select id from posts_publication where state = 'sending' and lease_until < clock_timestamp()
    order by id for update skip locked limit 1000),
  open_call as (
    select distinct a.publication_id from posts_attempt a join expired e on e.id = a.publication_id
    where a.status in ('intent', 'ambiguous') and not a.disproved),
  journal as (
    update posts_attempt a
    set status = 'ambiguous', finished_at = clock_timestamp(), code = 'worker_lost',
        sentence = 'The worker that sent it stopped before the answer was stored.'
    from open_call o where a.publication_id = o.publication_id and a.status = 'intent'),
  unknown as (
    update posts_publication p
    set state = 'unknown', lease_until = null, lease_owner = null, checks = 0, next_check_at = clock_timestamp(),
        error_code = 'worker_lost', error_sentence = 'The worker that sent it stopped before the answer was stored.'
    from open_call o where p.id = o.publication_id returning 1),
  going_on as (
    update posts_publication p set state = 'scheduled', lease_until = null, lease_owner = null
    from expired e where p.id = e.id and e.id not in (select publication_id from open_call) returning 1)
  select (select count(*) from unknown), released + (select count(*) from going_on) into became_unknown, released;
  -- Scheduled in the moment in which its connection was lost: said plainly instead of waiting unseen.
  select coalesce(sum(mv_hold(array[p.id], l.paused_reason)), 0) into held
  from posts_lane l join posts_publication p on p.connection_id = l.connection_id
  where l.paused_reason not in ('', 'paused') and p.state = 'scheduled';
  return next;
end $$;
