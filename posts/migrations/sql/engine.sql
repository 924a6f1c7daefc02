-- The engine's writes, as functions so that one round trip and one commit carry a whole batch. Plain SQL, not the ORM: the
-- ORM on these two writes made the engine three times slower.

-- Before a committing call leaves: the publication is `sending` and the attempt row exists, both committed. Answers with
-- the ids that may go; an id that is missing lost its lease, was cancelled, or belongs to somebody else by now.
create function mv_intend(p_ids bigint[], p_fences bigint[], p_steps text[], p_digests text[], p_commits int[], p_lease interval)
returns setof bigint language sql volatile set search_path = public, pg_temp as $$
  with x as (
    select * from unnest(p_ids, p_fences, p_steps, p_digests, p_commits) as t(id, fence, step, digest, commits)),
  u as (
    update posts_publication p
    set state = 'sending', lease_until = clock_timestamp() + p_lease, content_sha256 = x.digest, commits = x.commits,
        error_code = '', error_sentence = '', error_next_step = ''
    from x
    where p.id = x.id and p.fence = x.fence and p.state in ('leased', 'sending')
      and p.lease_until > clock_timestamp() and not p.cancel_requested
    returning p.id, p.fence, p.workspace_id, x.step, x.digest)
  insert into posts_attempt (workspace_id, publication_id, fence, step, status, disproved, request_sha256, started_at, code,
                             sentence, detail, remote_id, remote_url)
  select u.workspace_id, u.id, u.fence, u.step, 'intent', false, u.digest, clock_timestamp(), '', '', '', '', '' from u
  returning publication_id
$$;

-- Keep a lease while repeatable steps run. False: it is lost, stop.
create function mv_renew(p_id bigint, p_fence bigint, p_lease interval) returns boolean
language sql volatile set search_path = public, pg_temp as $$
  with u as (
    update posts_publication set lease_until = clock_timestamp() + p_lease
    where id = p_id and fence = p_fence and state in ('leased', 'sending') and lease_until > clock_timestamp()
      and not cancel_requested
    returning 1)
  select exists (select from u)
$$;

-- A committing step is public. Accepted in every state: late proof beats doubt.
create function mv_accept(r jsonb) returns void
language plpgsql volatile set search_path = public, pg_temp as $$
declare
  v posts_publication%rowtype;
  v_step text := r ->> 'step';
  v_id bigint := (r ->> 'id')::bigint;
  v_fence bigint := (r ->> 'fence')::bigint;
  v_other boolean;
  v_live int;
begin
  select * into v from posts_publication where id = v_id for update;
  v_other := exists (select from posts_attempt a where a.publication_id = v_id and a.step = v_step and a.fence <> v_fence
                     and a.status in ('intent', 'ambiguous', 'ok') and not a.disproved);
  update posts_attempt
  set status = 'ok', finished_at = coalesce(finished_at, clock_timestamp()), disproved = v_other,
      http_status = coalesce((r ->> 'http_status')::int, http_status),
      remote_id = coalesce(r ->> 'remote_id', ''), remote_url = coalesce(r ->> 'remote_url', ''), sentence = coalesce(r ->> 'sentence', sentence)
  where publication_id = v_id and fence = v_fence and step = v_step and status in ('intent', 'ambiguous');
  if not found then return; end if;
  if v_other or v.state = 'published' or (v.state = 'sending' and v.fence <> v_fence) then
    -- The same part is public twice, or about to be: nothing can be undone here, so it is shown.
    update posts_publication set duplicate_remote_id = coalesce(r ->> 'remote_id', 'unknown') where id = v_id;
    return;
  end if;
  if v.state in ('scheduled', 'leased') then
    -- Somebody asked for it again, and the first one turned up before the second left: take it out of the queue.
    update posts_publication set state = 'held', lease_until = null, lease_owner = null where id = v_id;
    v.state := 'held';
  end if;
  select count(distinct a.step) into v_live from posts_attempt a
  where a.publication_id = v_id and a.status = 'ok' and not a.disproved and a.step like 'commit:%';
  if v_live < v.commits then
    update posts_publication
    set committed = v_live,
        lease_until = case when state = 'sending' then clock_timestamp() + (r ->> 'lease')::interval end,
        -- A thread of which an unknown part turned out to be public goes on with the next part.
        state = case when state in ('unknown', 'needs_human', 'held') then 'scheduled' else state end,
        next_check_at = null, checks = 0
    where id = v_id;
    return;
  end if;
  update posts_publication
  set state = 'published', committed = v_live, lease_until = null, lease_owner = null, next_check_at = null,
      finished_at = clock_timestamp(), error_code = '', error_sentence = '', error_next_step = '',
      (remote_id, remote_url) = (
        select nullif(a.remote_id, ''), a.remote_url from posts_attempt a
        where a.publication_id = v_id and a.status = 'ok' and not a.disproved and a.step = 'commit:1' limit 1),
      outcome_proof = coalesce(r -> 'evidence', '{}'::jsonb)
  where id = v_id;
  update social_connection set last_published_at = clock_timestamp() where id = v.connection_id;
end $$;

-- The outcome of a call: {kind, id, fence, step, …}. `ok` as above. `refused`: nothing became public; `next` says where
-- the publication goes (failed, scheduled, held). `ambiguous`: unknown, to be looked after from `check_seconds` on.
-- `stopped`: the step never left this machine. Optional gates: lane_seconds, platform_seconds, broken (a reason).
create function mv_record_one(r jsonb) returns void
language plpgsql volatile set search_path = public, pg_temp as $$
declare
  v posts_publication%rowtype;
  v_kind text := r ->> 'kind';
  v_next text := r ->> 'next';
  v_id bigint := (r ->> 'id')::bigint;
  v_fence bigint := (r ->> 'fence')::bigint;
  v_settles boolean := false;
begin
  if v_kind = 'ok' then
    perform mv_accept(r);
    return;
  end if;
  if v_kind = 'stopped' then
    insert into posts_attempt (workspace_id, publication_id, fence, step, status, disproved, request_sha256, started_at,
                               finished_at, http_status, code, sentence, detail, remote_id, remote_url)
    select p.workspace_id, p.id, v_fence, r ->> 'step', 'refused', false, '', (r ->> 'started_at')::timestamptz, clock_timestamp(),
           (r ->> 'http_status')::int, coalesce(r ->> 'code', ''), coalesce(r ->> 'sentence', ''), coalesce(r ->> 'detail', ''), '', ''
    from posts_publication p where p.id = v_id and p.fence = v_fence
    on conflict do nothing;
  else
    update posts_attempt
    set status = v_kind, finished_at = clock_timestamp(), http_status = (r ->> 'http_status')::int,
        code = coalesce(r ->> 'code', ''), sentence = coalesce(r ->> 'sentence', ''), detail = coalesce(r ->> 'detail', '')
    where publication_id = v_id and fence = v_fence and step = r ->> 'step'
      -- A definite no that comes late still settles what was doubted meanwhile.
      and (status = 'intent' or (v_kind = 'refused' and status = 'ambiguous'));
    v_settles := found and v_kind = 'refused';
  end if;

  select * into v from posts_publication where id = v_id and fence = v_fence for update;
  if found and v.state in ('unknown', 'needs_human') and v_settles then
    -- Held is not reached from here: on a broken connection the sweep holds what is scheduled.
    update posts_publication
    set state = case v_next when 'held' then 'scheduled' else v_next end, next_check_at = null, checks = 0,
        finished_at = case when v_next = 'failed' then clock_timestamp() end,
        error_code = coalesce(r ->> 'code', ''), error_sentence = coalesce(r ->> 'sentence', ''),
        error_next_step = coalesce(r ->> 'next_step', '')
    where id = v_id;
  elsif found and v.state in ('leased', 'sending') then
    if v_kind = 'ambiguous' then
      update posts_publication
      set state = 'unknown', lease_until = null, lease_owner = null, checks = 0,
          next_check_at = clock_timestamp() + make_interval(secs => (r ->> 'check_seconds')::double precision),
          error_code = coalesce(r ->> 'code', ''), error_sentence = coalesce(r ->> 'sentence', '')
      where id = v_id;
    else
      update posts_publication
      set state = case when v.cancel_requested and v_next = 'scheduled' and v.committed = 0 and v.state = 'leased'
                       then 'cancelled' else v_next end,
          lease_until = null, lease_owner = null,
          finished_at = case when v_next = 'failed' then clock_timestamp() end,
          error_code = coalesce(r ->> 'code', ''), error_sentence = coalesce(r ->> 'sentence', ''),
          error_next_step = coalesce(r ->> 'next_step', '')
      where id = v_id;
    end if;
  end if;

  if r ? 'lane_seconds' then
    update posts_lane l
    set blocked_until = greatest(l.blocked_until, clock_timestamp() + make_interval(secs => (r ->> 'lane_seconds')::double precision))
    where l.connection_id = (r ->> 'connection_id')::bigint;
  end if;
  if r ? 'platform_seconds' then
    insert into posts_platformgate (platform, closed_until, reason)
    values (r ->> 'platform', clock_timestamp() + make_interval(secs => (r ->> 'platform_seconds')::double precision), r ->> 'sentence')
    on conflict (platform) do update set closed_until = greatest(posts_platformgate.closed_until, excluded.closed_until), reason = excluded.reason;
  end if;
  if r ? 'broken' then
    update social_connection set health = 'broken', health_reason = r ->> 'broken'
    where id = (r ->> 'connection_id')::bigint and health <> 'broken';
  end if;
end $$;

create function mv_record(p_items jsonb) returns int
language plpgsql volatile set search_path = public, pg_temp as $$
declare r jsonb; n int := 0;
begin
  for r in select value from jsonb_array_elements(p_items) order by (value ->> 'id')::bigint loop
    perform mv_record_one(r);
    n := n + 1;
  end loop;
  return n;
end $$;

-- What a lost lease means. Before the committing call: nothing happened, back to the queue. With a call in the open: its
-- outcome is unknown, and it is never sent again on a guess. Between two parts of a thread: go on with the next part.
create function mv_sweep() returns table (released bigint, became_unknown bigint, held bigint)
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
  where l.paused_reason <> '' and p.state = 'scheduled';
  return next;
end $$;

-- Unknown outcomes whose next look is due. Taking one moves its next look, so that two reconcilers share the work.
create function mv_take_checks(p_platform text, p_count int, p_backoff double precision[])
returns table (id bigint, fence bigint, connection_id bigint, workspace_id bigint, platform text, checks int)
language sql volatile set search_path = public, pg_temp as $$
  update posts_publication p
  set checks = p.checks + 1,
      next_check_at = clock_timestamp() + make_interval(secs => p_backoff[least(p.checks + 1, cardinality(p_backoff))])
  where p.id in (select q.id from posts_publication q where q.state = 'unknown' and q.platform = p_platform and q.next_check_at <= clock_timestamp()
                 order by q.next_check_at limit p_count for update skip locked)
  returning p.id, p.fence, p.connection_id, p.workspace_id, p.platform::text, p.checks::int
$$;

-- Strong proof that an open call can have no effect any more: journal it, and send again.
create function mv_disprove(p_id bigint, p_fence bigint, p_step text, p_sentence text) returns void
language plpgsql volatile set search_path = public, pg_temp as $$
begin
  update posts_attempt set status = 'refused', finished_at = coalesce(finished_at, clock_timestamp()), sentence = p_sentence
  where publication_id = p_id and fence = p_fence and step = p_step and status in ('intent', 'ambiguous');
  update posts_publication set state = 'scheduled', next_check_at = null, checks = 0, error_code = '', error_sentence = ''
  where id = p_id and fence = p_fence and state = 'unknown';
end $$;

-- Every look was in vain: a person decides.
create function mv_give_up(p_id bigint, p_fence bigint, p_sentence text, p_next_step text) returns boolean
language sql volatile set search_path = public, pg_temp as $$
  with u as (
    update posts_publication set state = 'needs_human', next_check_at = null, error_code = 'unknown_outcome',
           error_sentence = p_sentence, error_next_step = p_next_step
    where id = p_id and fence = p_fence and state = 'unknown' returning 1)
  select exists (select from u)
$$;
