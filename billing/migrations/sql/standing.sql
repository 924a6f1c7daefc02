-- What a paying workspace has, in one question: all that it pays for, its subscriptions, the gift of the moment, and
-- how many posts to X it pays for one by one. A row for
-- each subscription, one where there is none. By the rights of whoever asks.
create function mv_standing_of(p_payer bigint, p_moment timestamptz)
returns table (payer bigint, paid_for bigint[], account billing_billingaccount, subscription billing_subscription, comp billing_comp, cap integer)
language sql stable set search_path = public, pg_temp as $$
  select p_payer, array(select p.workspace_id from billing_payer p where p.paid_by_id = p_payer order by p.workspace_id), a, s, c.gift, x.cap
  from (values (p_payer)) as own(id)
  left join billing_billingaccount a on a.workspace_id = own.id
  left join billing_subscription s on s.workspace_id = own.id
  left join billing_payperpost x on x.workspace_id = own.id and x.until is null
  left join lateral (
    select g as gift from billing_comp g
    where g.workspace_id = own.id and g.revoked_at is null and g.starts_at <= p_moment and g.ends_at > p_moment
    order by g.starts_at desc limit 1) c on true
  order by s.started_at desc, s.id desc
$$;

-- The same for whoever is in a workspace: also what another one that pays for it has. Nobody else is told anything.
create function mv_standing(p_moment timestamptz)
returns table (payer bigint, paid_for bigint[], account billing_billingaccount, subscription billing_subscription, comp billing_comp, cap integer)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.* from mv_standing_of(
    coalesce((select p.paid_by_id from billing_payer p where p.workspace_id = mv_workspace()), mv_workspace()), p_moment) s
  where mv_is_member()
$$;
