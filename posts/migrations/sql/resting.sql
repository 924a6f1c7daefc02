-- Resting: the plan has no room for a connection. What is scheduled is held, and said to be; nothing that has not left yet
-- leaves. A lost connection weighs more, since somebody has to mend it; a pause weighs less, since it hides nothing. Each is
-- written down by itself, so none undoes another.

create function mv_pause_reason(p_disconnected timestamptz, p_health text, p_resting timestamptz, p_paused boolean) returns text
language sql immutable parallel safe as $$
  select case when p_disconnected is not null then 'disconnected' when p_health = 'broken' then 'reconnect'
              when p_resting is not null then 'resting' when p_paused then 'paused' else '' end
$$;

create or replace function mv_hold(p_ids bigint[], p_reason text) returns bigint
language sql volatile set search_path = public, pg_temp as $$
  with u as (
    update posts_publication p
    set state = 'held', error_code = p_reason,
        error_sentence = case p_reason when 'reconnect' then 'The account needs to be reconnected, so this waits.'
                         when 'resting' then (select c.resting_reason from social_connection c where c.id = p.connection_id)
                         else 'The account was disconnected, so this waits.' end,
        error_next_step = case p_reason
                          when 'resting' then 'See Plan and usage: when the account goes on, what is still recent or yet to come goes out by itself.'
                          else 'Reconnect the account: what is still recent or yet to come then goes out by itself.' end
    where id = any(p_ids) and state = 'scheduled' returning 1)
  select count(*) from u
$$;

create or replace function mv_lane_follow() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_reason text;
begin
  perform 1 from posts_lane where connection_id = new.id for no key update;
  select mv_pause_reason(new.disconnected_at, new.health, new.resting_at, new.paused_at is not null or w.paused_at is not null)
  into v_reason from accounts_workspace w where w.id = new.workspace_id;
  update posts_lane set paused_reason = v_reason where connection_id = new.id;
  if v_reason not in ('', 'paused') then
    perform mv_hold(array(select id from posts_publication where connection_id = new.id and state = 'scheduled' order by id), v_reason);
  end if;
  return null;
end $$;

create or replace trigger lane_follow after update of health, disconnected_at, resting_at, paused_at on social_connection for each row
  when (mv_pause_reason(old.disconnected_at, old.health, old.resting_at, old.paused_at is not null)
        is distinct from mv_pause_reason(new.disconnected_at, new.health, new.resting_at, new.paused_at is not null))
  execute function mv_lane_follow();

create or replace function mv_lanes_follow_workspace() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from posts_lane where workspace_id = new.id order by connection_id for no key update;
  update posts_lane l
  set paused_reason = mv_pause_reason(c.disconnected_at, c.health, c.resting_at, c.paused_at is not null or new.paused_at is not null)
  from social_connection c where c.id = l.connection_id and l.workspace_id = new.id;
  return null;
end $$;

-- As before, and where an account comes to rest in the middle of a thread, the thread is finished: half of one helps nobody. A
-- person who paused it meant that too.
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
      and (select l.paused_reason = '' or (l.paused_reason = 'resting' and p.state = 'sending' and not exists (
             select from social_connection c join accounts_workspace w on w.id = c.workspace_id
             where c.id = l.connection_id and (c.paused_at is not null or w.paused_at is not null)))
           from posts_lane l where l.connection_id = p.connection_id)
    returning p.id, p.fence, p.workspace_id, x.step, x.digest)
  insert into posts_attempt (workspace_id, publication_id, fence, step, status, disproved, request_sha256, started_at, code,
                             sentence, detail, remote_id, remote_url)
  select u.workspace_id, u.id, u.fence, u.step, 'intent', false, u.digest, clock_timestamp(), '', '', '', '', '' from u
  returning publication_id
$$;
