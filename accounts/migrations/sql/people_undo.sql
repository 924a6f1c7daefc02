drop function mv_accept_invitation(text);
drop function mv_invitation(text);
drop function mv_invitation_state(accounts_invitation);
drop function mv_transfer_workspace(bigint);
drop function mv_change_member(bigint, text);
drop function mv_may_give(text, text);
drop function mv_my_role();
