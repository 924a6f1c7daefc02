drop trigger a_journal on posts_attempt;
drop function mv_refuse_attempt();
drop trigger b_proof on posts_publication;
drop function mv_demand_proof();
drop trigger a_birth on posts_publication;
drop function mv_refuse_birth();
drop trigger a_transition on posts_publication;
drop function mv_refuse_transition();
