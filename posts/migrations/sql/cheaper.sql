-- The same rules for less: measured at 10,000 posts of one instant, keeping the post's state was half of the database's work.
--
-- ENABLE_SEQSCAN is off in what the engine calls: a plan that is made while the attempts are few is kept for as long as the
-- session lives, and would read all of them for every batch by the evening.

-- The state is computed once (OFFSET 0 keeps the planner from writing the call out twice), still after the lock.
create or replace function mv_keep_post_state(p_posts bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  perform 1 from posts_post where id = any(p_posts) order by id for no key update;
  update posts_post p set state = s.state
  from (select id, mv_post_state(id) as state from unnest(p_posts) id offset 0) s
  where p.id = s.id and p.state <> s.state;
end $$;

-- From leased to sending a post stays "publishing", and how many parts are live matters only for whether any is.
create or replace function mv_post_state_updated() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_posts bigint[];
begin
  v_posts := array(
    select distinct n.post_id from new_rows n join old_rows o using (id)
    where (n.state <> o.state and not (n.state in ('leased', 'sending') and o.state in ('leased', 'sending')))
       or (n.committed > 0) <> (o.committed > 0)
    order by n.post_id);
  if cardinality(v_posts) > 0 then perform mv_keep_post_state(v_posts); end if;
  return null;
end $$;

-- The ordinary case of mv_accept for many at once: a publication of one part, held by the fence that sent it, whose journal
-- knows of no other try. Answers with the ids it took; everything else goes one by one, by the full rules.
create function mv_accept_plain(p_items jsonb) returns bigint[]
language plpgsql volatile set search_path = public, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare v_locked bigint[]; v_done bigint[];
begin
  select array_agg(y.id) into v_locked from (
    select p.id from posts_publication p
    join (select (value ->> 'id')::bigint as id, min((value ->> 'fence')::bigint) as fence
          from jsonb_array_elements(p_items) group by 1
          having count(*) = 1 and min(value ->> 'kind') = 'ok' and min(value ->> 'step') = 'commit:1') x on x.id = p.id
    where p.fence = x.fence and p.state = 'sending' and p.commits = 1
    order by p.id for no key update of p) y;
  if v_locked is null then return '{}'; end if;
  with x as (
    select (value ->> 'id')::bigint as id, (value ->> 'fence')::bigint as fence, (value ->> 'http_status')::int as http_status,
           coalesce(value ->> 'remote_id', '') as remote_id, coalesce(value ->> 'remote_url', '') as remote_url,
           value ->> 'sentence' as sentence, coalesce(value -> 'evidence', '{}'::jsonb) as evidence
    from jsonb_array_elements(p_items)),
  journal as (
    update posts_attempt a
    set status = 'ok', finished_at = clock_timestamp(), http_status = coalesce(x.http_status, a.http_status),
        remote_id = x.remote_id, remote_url = x.remote_url, sentence = coalesce(x.sentence, a.sentence)
    from x
    where x.id = any(v_locked) and a.publication_id = x.id and a.step = 'commit:1' and a.fence = x.fence and a.status = 'intent'
      and not exists (select from posts_attempt o
                      where o.publication_id = x.id and o.step = 'commit:1' and o.fence <> x.fence
                        and o.status in ('intent', 'ambiguous', 'ok') and not o.disproved)
    returning a.publication_id),
  public as (
    update posts_publication p
    set state = 'published', committed = 1, lease_until = null, lease_owner = null, next_check_at = null,
        finished_at = clock_timestamp(), error_code = '', error_sentence = '', error_next_step = '',
        remote_id = nullif(x.remote_id, ''), remote_url = x.remote_url, outcome_proof = x.evidence
    from x join journal j on j.publication_id = x.id where p.id = x.id
    returning p.id, p.connection_id),
  seen as (
    update social_connection c set last_published_at = clock_timestamp() from public p where c.id = p.connection_id)
  select array_agg(p.id) into v_done from public p;
  return coalesce(v_done, '{}');
end $$;

create or replace function mv_record(p_items jsonb) returns int
language plpgsql volatile set search_path = public, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare r jsonb; v_done bigint[] := mv_accept_plain(p_items);
begin
  for r in select value from jsonb_array_elements(p_items)
           where (value ->> 'id')::bigint <> all (v_done) order by (value ->> 'id')::bigint loop
    perform mv_record_one(r);
  end loop;
  return jsonb_array_length(p_items);
end $$;
