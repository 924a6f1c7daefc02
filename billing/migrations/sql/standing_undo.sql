drop function mv_standing(timestamptz);
drop function mv_standing_of(bigint, timestamptz);
