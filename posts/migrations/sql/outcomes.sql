-- What the engine brought about reaches the audit trail by the outbox too. Nobody has to be told of what went well, so it counts
-- as told; it leaves the outbox once it is in the trail.
create or replace function mv_outbox() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into posts_outbox (workspace_id, publication_id, state, code, at, told_at)
  values (new.workspace_id, new.id, new.state, new.error_code, clock_timestamp(),
          case when new.state = 'published' then clock_timestamp() end);
  return null;
end $$;
drop trigger outbox on posts_publication;
create trigger outbox after update of state on posts_publication for each row
  when (old.state <> new.state and new.state in ('needs_human', 'failed', 'held', 'published')) execute function mv_outbox();
