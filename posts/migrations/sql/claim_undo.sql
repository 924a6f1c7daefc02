drop function mv_next_wake();
drop function mv_claim(text, int, interval, int);
