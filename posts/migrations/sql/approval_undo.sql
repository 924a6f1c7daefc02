drop trigger c_approval on posts_publication;
drop trigger c_approval_insert on posts_publication;
drop function mv_demand_approval();
drop function mv_approval_allows(bigint);
drop function mv_post_content(bigint);
