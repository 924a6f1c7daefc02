-- What is deleted on the platform, or may be, does not go on from there: the rest of a thread would answer a post that is gone.
-- posts/services/publishing.py says it in words; this holds for every client.
create function mv_refuse_after_deletion() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from posts_deletion d where d.publication_id = new.id and (d.state <> 'failed' or d.deleted <> '[]'::jsonb)) then
    raise exception 'publication %: it is being deleted on the platform, or was', new.id using errcode = 'MV007';
  end if;
  return new;
end $$;
create trigger d_deletion before update of state on posts_publication for each row
  when (old.state = 'failed' and new.state = 'scheduled') execute function mv_refuse_after_deletion();

-- Only what is public, and at rest, can be deleted there.
create function mv_demand_public() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from posts_publication p where p.id = new.publication_id and p.state in ('published', 'failed') and p.committed > 0;
  if not found then
    raise exception 'publication %: nothing of it is public', new.publication_id using errcode = 'MV008';
  end if;
  return new;
end $$;
create trigger deletion_public before insert on posts_deletion for each row execute function mv_demand_public();
