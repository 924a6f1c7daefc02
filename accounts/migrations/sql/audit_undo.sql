drop function mv_audit_forget(bigint);
drop function mv_audit_purge(bigint, bigint, text, text, text);
drop function mv_audit_seal(bigint, bigint, jsonb);
drop function mv_audit_append(jsonb);
