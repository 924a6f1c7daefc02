drop function mv_give_up(bigint, bigint, text, text);
drop function mv_disprove(bigint, bigint, text, text);
drop function mv_take_checks(text, int, double precision[]);
drop function mv_sweep();
drop function mv_record(jsonb);
drop function mv_record_one(jsonb);
drop function mv_accept(jsonb);
drop function mv_renew(bigint, bigint, interval);
drop function mv_intend(bigint[], bigint[], text[], text[], int[], interval);
