-- As before, and what is public in part is stopped, never cancelled: "cancelled" says that nothing of it went out.
create or replace trigger a_transition before update of state, fence on posts_publication for each row when (
  new.fence < old.fence
  or (new.state = 'leased' and old.state <> 'leased' and new.fence <= old.fence)
  or (new.state = 'cancelled' and new.committed > 0)
  or (old.state <> new.state and (old.state || '>' || new.state) not in (
    'draft>scheduled', 'draft>cancelled',
    'scheduled>leased', 'scheduled>held', 'scheduled>cancelled', 'scheduled>failed', 'scheduled>draft',
    'leased>sending', 'leased>scheduled', 'leased>held', 'leased>failed', 'leased>cancelled',
    'sending>published', 'sending>failed', 'sending>scheduled', 'sending>held', 'sending>unknown',
    'unknown>published', 'unknown>needs_human', 'unknown>scheduled', 'unknown>failed',
    'needs_human>published', 'needs_human>scheduled', 'needs_human>failed', 'needs_human>cancelled',
    'held>scheduled', 'held>cancelled', 'held>failed', 'held>draft', 'held>published',
    'failed>scheduled', 'failed>published', 'failed>cancelled',
    'cancelled>draft'))
) execute function mv_refuse_transition();
