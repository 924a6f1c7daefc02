-- The audit trail is append-only by privilege: no role of the product may insert, update, delete or truncate. What may
-- happen to it is in these functions, and each says itself what it does not do.

-- Append one entry. The moment is the database's. Whoever may act may also be written down, in any context: a failed
-- sign-in has no workspace, and whoever has just left one still did it.
create function mv_audit_append(p jsonb) returns void
language sql volatile security definer set search_path = public, pg_temp as $$
  insert into accounts_auditentry
    (uid, workspace_id, at, kind, user_id, api_key_id, action, target_type, target_id, request_id, origin, content,
     seq, origin_digest, content_digest, key_id, hash)
  select r.uid, r.workspace_id, clock_timestamp(), r.kind, r.user_id, r.api_key_id, r.action, r.target_type, r.target_id,
         r.request_id, r.origin, r.content, null, '', '', '', ''
  from jsonb_to_record(p) as r(uid uuid, workspace_id bigint, kind text, user_id bigint, api_key_id bigint, action text,
                               target_type text, target_id text, request_id text, origin jsonb, content jsonb)
$$;

-- Seal entries that are not sealed yet behind number p_seq of their chain. 0: another was faster.
create function mv_audit_seal(p_chain bigint, p_seq bigint, p_items jsonb) returns bigint
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare v_seq bigint; v_count bigint := jsonb_array_length(p_items);
begin
  insert into accounts_audithead (chain, seq, hash, kept_seq, kept_hash, kept_mac, key_id)
  values (p_chain, 0, '', 0, '', '', '') on conflict do nothing;
  select h.seq into v_seq from accounts_audithead h where h.chain = p_chain for update;
  if v_seq <> p_seq then return 0; end if;
  update accounts_auditentry e
  set seq = i.seq, origin_digest = i.origin_digest, content_digest = i.content_digest, key_id = i.key_id, hash = i.hash
  from jsonb_to_recordset(p_items)
    as i(id bigint, seq bigint, origin_digest text, content_digest text, key_id text, hash text)
  where e.id = i.id and e.seq is null and coalesce(e.workspace_id, 0) = p_chain;
  get diagnostics v_seq = row_count;
  if v_seq <> v_count then raise exception 'the audit trail changed while it was being sealed'; end if;
  update accounts_audithead h set seq = p_seq + v_count, hash = p_items -> -1 ->> 'hash' where h.chain = p_chain;
  return v_count;
end $$;

-- Let go of sealed entries up to a number, and note where the rest begins.
create function mv_audit_purge(p_chain bigint, p_seq bigint, p_hash text, p_mac text, p_key text) returns bigint
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare v_count bigint;
begin
  update accounts_audithead h set kept_seq = p_seq, kept_hash = p_hash, kept_mac = p_mac, key_id = p_key
  where h.chain = p_chain and h.kept_seq < p_seq and h.seq >= p_seq;
  if not found then return 0; end if;
  delete from accounts_auditentry e where coalesce(e.workspace_id, 0) = p_chain and e.seq <= p_seq;
  get diagnostics v_count = row_count;
  return v_count;
end $$;

-- Forget a person: what they were called and where they came from, and what was written about them. Entries and chain stay.
create function mv_audit_forget(p_user bigint) returns bigint
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare v_count bigint; v_more bigint;
begin
  update accounts_auditentry e set origin = null where e.user_id = p_user and e.origin is not null;
  get diagnostics v_count = row_count;
  update accounts_auditentry e set content = null
  where e.target_type = 'user' and e.target_id = p_user::text and e.content is not null;
  get diagnostics v_more = row_count;
  return v_count + v_more;
end $$;

revoke execute on function mv_audit_append(jsonb) from public;
revoke execute on function mv_audit_seal(bigint, bigint, jsonb) from public, mv_app;
revoke execute on function mv_audit_purge(bigint, bigint, text, text, text) from public, mv_app;
revoke execute on function mv_audit_forget(bigint) from public, mv_app;
grant execute on function mv_audit_append(jsonb) to mv_app, mv_system;
grant execute on function mv_audit_seal(bigint, bigint, jsonb) to mv_system;
grant execute on function mv_audit_purge(bigint, bigint, text, text, text) to mv_system;
grant execute on function mv_audit_forget(bigint) to mv_system;
revoke insert, update, delete, truncate on accounts_auditentry, accounts_audithead from mv_app, mv_system;
