drop trigger post_state_delete on posts_publication;
drop trigger post_state_update on posts_publication;
drop trigger post_state_insert on posts_publication;
drop function mv_post_state_updated();
drop function mv_post_state_deleted();
drop function mv_post_state_inserted();
drop function mv_keep_post_state(bigint[]);
drop function mv_post_state(bigint);
