drop trigger outbox on posts_publication;
drop function mv_outbox();
