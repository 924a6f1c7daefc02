-- Members are written here and nowhere else: the app role cannot touch accounts_member. Each function asks by itself who
-- calls it, locks the workspace's members in one order, and answers with a word that accounts/members.py puts into a sentence.

-- The caller's role in the workspace of the context.
create function mv_my_role() returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select m.role::text from accounts_member m
  where m.user_id = nullif(current_setting('app.user_id', true), '')::bigint
    and m.workspace_id = nullif(current_setting('app.workspace_id', true), '')::bigint
$$;

-- Whether somebody with p_giver may give p_role, or take it away. NULL for p_giver: not a member, so no.
create function mv_may_give(p_giver text, p_role text) returns boolean
language sql immutable parallel safe as $$
  select coalesce(p_giver = 'owner' or (p_giver = 'admin' and p_role <> 'owner'), false)
$$;

-- Change the role of a member, or with p_role NULL remove them; oneself: leave.
create function mv_change_member(p_user bigint, p_role text) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_me bigint := nullif(current_setting('app.user_id', true), '')::bigint;
  v_workspace bigint := nullif(current_setting('app.workspace_id', true), '')::bigint;
  v_mine text; v_theirs text;
begin
  -- Two owners who leave at once wait for each other here, and the second one sees that they are the last.
  perform 1 from accounts_member where workspace_id = v_workspace order by id for update;
  v_mine := mv_my_role();
  select role into v_theirs from accounts_member where workspace_id = v_workspace and user_id = p_user;
  if v_mine is null or v_theirs is null then return 'no_member'; end if;
  if p_user = v_me then
    if p_role is not null then return 'own_role'; end if;
    if v_theirs = 'owner' and not exists (
        select from accounts_member where workspace_id = v_workspace and user_id <> v_me and role = 'owner') then
      return 'last_owner';
    end if;
  elsif v_mine not in ('owner', 'admin') then return 'forbidden';
  elsif not mv_may_give(v_mine, v_theirs) or not mv_may_give(v_mine, coalesce(p_role, v_theirs)) then return 'owners_only';
  end if;
  if p_role is null then
    delete from accounts_member where workspace_id = v_workspace and user_id = p_user;
    -- Coming back later must not revive what somebody else may have kept.
    update accounts_apikey set revoked_at = now() where workspace_id = v_workspace and user_id = p_user and revoked_at is null;
    update accounts_invitation set revoked_at = now()
    where workspace_id = v_workspace and invited_by_id = p_user and accepted_at is null and revoked_at is null;
  else
    update accounts_member set role = p_role where workspace_id = v_workspace and user_id = p_user;
  end if;
  return 'ok';
end $$;

-- Hand the workspace over: the other becomes an owner, the caller an admin, in one step.
create function mv_transfer_workspace(p_user bigint) returns text
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_me bigint := nullif(current_setting('app.user_id', true), '')::bigint;
  v_workspace bigint := nullif(current_setting('app.workspace_id', true), '')::bigint;
begin
  perform 1 from accounts_member where workspace_id = v_workspace order by id for update;
  if coalesce(mv_my_role(), '') <> 'owner' then return 'forbidden'; end if;
  if p_user = v_me or not exists (
      select from accounts_member m join accounts_user u on u.id = m.user_id
      where m.workspace_id = v_workspace and m.user_id = p_user and u.is_active) then return 'no_member'; end if;
  update accounts_member set role = 'owner' where workspace_id = v_workspace and user_id = p_user;
  update accounts_member set role = 'admin' where workspace_id = v_workspace and user_id = v_me;
  return 'ok';
end $$;

-- Whether an invitation can be accepted: it is open, its time has not passed, the workspace stays, and whoever invited may
-- still give this role. Whoever lost that right must not leave a way back in.
create function mv_invitation_state(v accounts_invitation) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select case
    when v.accepted_at is not null then 'used'
    when v.revoked_at is not null then 'withdrawn'
    when v.expires_at <= now() then 'expired'
    when (select w.closing_at from accounts_workspace w where w.id = v.workspace_id) is not null then 'withdrawn'
    when not mv_may_give((select m.role::text from accounts_member m
                          where m.workspace_id = v.workspace_id and m.user_id = v.invited_by_id), v.role) then 'withdrawn'
    else 'open' end
$$;

-- What an invitation says to whoever holds its link; asked before anybody is known, by the hash of its secret alone.
create function mv_invitation(p_digest text)
returns table (state text, workspace text, slug text, email text, role text, invited_by text, expires_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select mv_invitation_state(v), w.name::text, w.slug::text, v.email::text, v.role::text,
         coalesce(nullif(u.name, ''), u.email)::text, v.expires_at
  from accounts_invitation v join accounts_workspace w on w.id = v.workspace_id
    left join accounts_user u on u.id = v.invited_by_id
  where v.digest = p_digest
$$;

-- The user in the context joins. The link came by mail to one address, so it is for whoever has that address.
create function mv_accept_invitation(p_digest text) returns table (outcome text, slug text)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_me bigint := nullif(current_setting('app.user_id', true), '')::bigint;
  v accounts_invitation%rowtype; v_state text; v_slug text;
begin
  select * into v from accounts_invitation where digest = p_digest for update;
  if v.id is null or v_me is null then return query select 'unknown', ''; return; end if;
  v_state := mv_invitation_state(v);
  if v_state <> 'open' then return query select v_state, ''; return; end if;
  if not exists (select from accounts_user u where u.id = v_me and u.is_active and (lower(u.email) = lower(v.email) or exists (
      select from account_emailaddress e where e.user_id = v_me and e.verified and lower(e.email) = lower(v.email)))) then
    return query select 'other_address', ''; return;
  end if;
  select w.slug into v_slug from accounts_workspace w where w.id = v.workspace_id;
  update accounts_invitation set accepted_at = now(), accepted_by_id = v_me where id = v.id;
  -- Somebody who is in it already keeps the role they have: an old invitation raises nobody.
  insert into accounts_member (workspace_id, user_id, role, joined_at) values (v.workspace_id, v_me, v.role, now())
  on conflict (workspace_id, user_id) do nothing;
  return query select 'joined', v_slug;
end $$;
-- It says something of people whom the caller may not know: for the functions above only.
revoke execute on function mv_invitation_state(accounts_invitation) from public, mv_app;
