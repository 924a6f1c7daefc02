-- What may follow what, for every client, also psql and the admin. The table stands in the trigger's WHEN clause, which is
-- compiled: as a function body the same table cost five times as much. posts/states.py holds the same table.
create function mv_refuse_transition() returns trigger language plpgsql as $$
begin
  raise exception 'publication %: % (fence %) to % (fence %) is not allowed', old.id, old.state, old.fence, new.state, new.fence
    using errcode = 'MV001';
end $$;

create trigger a_transition before update of state, fence on posts_publication for each row when (
  new.fence < old.fence
  or (new.state = 'leased' and old.state <> 'leased' and new.fence <= old.fence)
  or (old.state <> new.state and (old.state || '>' || new.state) not in (
    'draft>scheduled', 'draft>cancelled',
    'scheduled>leased', 'scheduled>held', 'scheduled>cancelled', 'scheduled>draft',
    'leased>sending', 'leased>scheduled', 'leased>held', 'leased>failed', 'leased>cancelled',
    'sending>published', 'sending>failed', 'sending>scheduled', 'sending>held', 'sending>unknown',
    'unknown>published', 'unknown>needs_human', 'unknown>scheduled', 'unknown>failed',
    'needs_human>published', 'needs_human>scheduled', 'needs_human>failed', 'needs_human>cancelled',
    'held>scheduled', 'held>cancelled', 'held>draft', 'held>published',
    'failed>scheduled', 'failed>published', 'failed>cancelled',
    'cancelled>draft'))
) execute function mv_refuse_transition();

-- A publication begins as a draft or scheduled, nothing else can be inserted.
create function mv_refuse_birth() returns trigger language plpgsql as $$
begin
  raise exception 'a publication cannot begin as %', new.state using errcode = 'MV001';
end $$;
create trigger a_birth before insert on posts_publication for each row
  when (new.state not in ('draft', 'scheduled')) execute function mv_refuse_birth();

-- Never go back to the queue while an earlier committing call may still have an effect, and never say published before all
-- of it is.
create function mv_demand_proof() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.state = 'scheduled' and exists (
      select from posts_attempt a
      where a.publication_id = old.id and a.status in ('intent', 'ambiguous') and not a.disproved and a.step like 'commit:%') then
    raise exception 'publication %: an earlier attempt is not disproved', old.id using errcode = 'MV003';
  end if;
  if new.state = 'published' and new.committed < new.commits then
    raise exception 'publication %: only % of % are public', old.id, new.committed, new.commits using errcode = 'MV004';
  end if;
  return new;
end $$;
create trigger b_proof before update of state on posts_publication for each row
  when (old.state <> new.state and (new.state = 'published'
        or (new.state = 'scheduled' and old.state in ('sending', 'unknown', 'needs_human', 'failed'))))
  execute function mv_demand_proof();

-- The journal is append-only: what is settled stays as it was written, except for a late proof or a recorded disproof.
create function mv_refuse_attempt() returns trigger language plpgsql as $$
begin
  raise exception 'attempt %: % cannot become %', old.id, old.status, new.status using errcode = 'MV005';
end $$;
create trigger a_journal before update of status, fence, step, publication_id on posts_attempt for each row when (
  new.fence <> old.fence or new.step <> old.step or new.publication_id <> old.publication_id
  or (old.status <> new.status and (old.status || '>' || new.status) not in (
    'intent>ok', 'intent>refused', 'intent>ambiguous', 'ambiguous>ok', 'ambiguous>refused'))
) execute function mv_refuse_attempt();
