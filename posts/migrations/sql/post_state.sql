-- The state of a post, stored so that it can be filtered over a million rows, kept from its publications. The same rule is
-- written out in posts/states.py (post_state); a test compares the two over every combination.
create function mv_post_state(p_post bigint) returns text
language sql stable as $$
  select case
    when s.n = 0 then 'draft'
    when s.needs_human > 0 then 'needs_you'
    when s.in_flight > 0 then 'publishing'
    when s.unknown > 0 then 'unknown'
    when s.held > 0 then 'held'
    when s.scheduled > 0 then 'scheduled'
    when s.draft > 0 then 'draft'
    when s.cancelled = s.n then 'cancelled'
    when s.failed = 0 then 'published'
    when s.published > 0 or s.part_live > 0 then 'partly'
    else 'failed' end
  from (select count(*) as n,
               count(*) filter (where state = 'needs_human') as needs_human,
               count(*) filter (where state in ('leased', 'sending')) as in_flight,
               count(*) filter (where state = 'unknown') as unknown,
               count(*) filter (where state = 'held') as held,
               count(*) filter (where state = 'scheduled') as scheduled,
               count(*) filter (where state = 'draft') as draft,
               count(*) filter (where state = 'cancelled') as cancelled,
               count(*) filter (where state = 'failed') as failed,
               count(*) filter (where state = 'published') as published,
               count(*) filter (where state = 'failed' and committed > 0) as part_live
        from posts_publication where post_id = p_post) s
$$;

-- Two statements on purpose. Locking the posts first, in order, keeps two batches from deadlocking; the second statement
-- then has a snapshot that includes what the other batch committed while this one waited.
create function mv_keep_post_state(p_posts bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from posts_post where id = any(p_posts) order by id for no key update;
  update posts_post p set state = s.state
  from (select id, mv_post_state(id) as state from unnest(p_posts) id) s
  where p.id = s.id and p.state <> s.state;
end $$;

create function mv_post_state_inserted() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform mv_keep_post_state(array(select distinct post_id from new_rows order by post_id));
  return null;
end $$;
create function mv_post_state_deleted() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform mv_keep_post_state(array(select distinct post_id from old_rows order by post_id));
  return null;
end $$;
-- Per statement, so that the engine's group commits touch each post once.
create function mv_post_state_updated() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_posts bigint[];
begin
  v_posts := array(select distinct n.post_id from new_rows n join old_rows o using (id)
                   where n.state <> o.state or n.committed <> o.committed order by n.post_id);
  if cardinality(v_posts) > 0 then perform mv_keep_post_state(v_posts); end if;
  return null;
end $$;

create trigger post_state_insert after insert on posts_publication referencing new table as new_rows
  for each statement execute function mv_post_state_inserted();
create trigger post_state_update after update on posts_publication referencing old table as old_rows new table as new_rows
  for each statement execute function mv_post_state_updated();
create trigger post_state_delete after delete on posts_publication referencing old table as old_rows
  for each statement execute function mv_post_state_deleted();
