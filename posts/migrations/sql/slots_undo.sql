drop trigger schedule_create on social_connection;
drop function mv_schedule_create();
