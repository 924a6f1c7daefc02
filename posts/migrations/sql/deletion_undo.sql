drop trigger deletion_public on posts_deletion;
drop function mv_demand_public();
drop trigger d_deletion on posts_publication;
drop function mv_refuse_after_deletion();
