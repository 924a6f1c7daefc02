-- The engine's writes bypass signals, so what somebody has to be told of is noted here, in the same transaction.
create function mv_outbox() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into posts_outbox (workspace_id, publication_id, state, code, at)
  values (new.workspace_id, new.id, new.state, new.error_code, clock_timestamp());
  return null;
end $$;
create trigger outbox after update of state on posts_publication for each row
  when (old.state <> new.state and new.state in ('needs_human', 'failed', 'held')) execute function mv_outbox();
