-- Every connection has a posting schedule from its first moment, as it has a lane: whichever door opens it. The times are
-- DEFAULT in posts/slot_models.py; a test holds the two together. They send nothing by themselves.
create function mv_schedule_create() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into posts_slot (workspace_id, connection_id, weekday, at)
  select new.workspace_id, new.id, day, time '09:30' from generate_series(1, 5) day;
  return null;
end $$;
create trigger schedule_create after insert on social_connection for each row execute function mv_schedule_create();

-- Those that were connected before there were slots.
insert into posts_slot (workspace_id, connection_id, weekday, at)
select c.workspace_id, c.id, day, time '09:30' from social_connection c cross join generate_series(1, 5) day;
