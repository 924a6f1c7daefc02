-- Approval: a post that the workspace's policy wants approved does not get into the queue before it is, whichever door asks,
-- also psql. What was approved is remembered as a digest of everything that would go out, so an edit ends it by itself.

-- Texts, pictures in their places, accounts, and what each account gets of its own. Not the time: moving is no rewording.
create function mv_post_content(p_post bigint) returns text
language sql stable set search_path = public, pg_temp as $$
  select encode(sha256(convert_to(jsonb_build_array(
    p.text, p.thread,
    (select coalesce(jsonb_agg(jsonb_build_array(m.part, m.position, m.media_id) order by m.part, m.position), '[]'::jsonb)
     from posts_postmedia m where m.post_id = p.id),
    (select coalesce(jsonb_agg(jsonb_build_array(u.connection_id, u.own_texts, u.options) order by u.connection_id), '[]'::jsonb)
     from posts_publication u where u.post_id = p.id))::text, 'UTF8')), 'hex')
  from posts_post p where p.id = p_post
$$;

-- The rule. `optional`: only what somebody asked approval for has to wait for it.
create function mv_approval_allows(p_post bigint) returns boolean
language sql stable set search_path = public, pg_temp as $$
  select case w.approval
    when 'none' then true
    else (p.approval = 'approved' and p.approved_content = mv_post_content(p.id)) or (w.approval = 'optional' and p.approval = '')
    end
  from posts_post p join accounts_workspace w on w.id = p.workspace_id where p.id = p_post
$$;

-- The workspace's row is held while something is scheduled in it: a policy that changes at the same time waits, and then
-- finds what was scheduled under the old one.
create function mv_demand_approval() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_policy text; v_allowed boolean;
begin
  select w.approval into v_policy from accounts_workspace w where w.id = new.workspace_id for share;
  if v_policy = 'none' then return new; end if;
  if tg_op = 'INSERT' then  -- an account that was not there when somebody approved
    select v_policy = 'optional' and p.approval = '' into v_allowed from posts_post p where p.id = new.post_id;
  else
    v_allowed := mv_approval_allows(new.post_id);
  end if;
  if not coalesce(v_allowed, false) then
    raise exception 'publication %: its post is not approved', new.id using errcode = 'MV006';
  end if;
  return new;
end $$;

-- What the engine puts back by itself had passed here before. Its own log-in is how it is known.
create trigger c_approval_insert before insert on posts_publication for each row
  when (new.state = 'scheduled') execute function mv_demand_approval();
create trigger c_approval before update of state on posts_publication for each row
  when (new.state = 'scheduled' and (old.state = 'draft'
        or (old.state in ('held', 'failed', 'needs_human') and session_user <> 'mv_system')))
  execute function mv_demand_approval();
