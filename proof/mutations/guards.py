"""The guards of publishing, each as the edit that takes it away and the tests that have to turn red."""

from dataclasses import dataclass

SQL = "posts/migrations/sql"
ENGINE = "posts/tests/test_engine_database.py"
PUBLISHING = "posts/tests/test_publishing.py"
MODEL = "posts/tests/test_model_matches_database.py"
STASH = "posts/tests/test_stash.py"
PAUSING = "posts/tests/test_pausing.py"


@dataclass(frozen=True)
class Guard:
    """`before` stands in `file` exactly once; with `after` instead, one of `tests` has to fail. `also` are edits that belong
    to it, where a rule is held by several conditions of one statement."""

    name: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]
    also: tuple[tuple[str, str], ...] = ()


GUARDS = (
    # -- before a call leaves
    Guard(
        "an intent needs the fence",
        f"{SQL}/resting.sql",
        "and p.fence = x.fence and p.state in",
        "and p.state in",
        (ENGINE,),
    ),
    Guard(
        "an intent needs a lease that has not ended",
        f"{SQL}/resting.sql",
        "      and p.lease_until > clock_timestamp() and not p.cancel_requested\n      and (select",
        "      and not p.cancel_requested\n      and (select",
        (ENGINE,),
    ),
    Guard(
        "an intent stops for a cancel",
        f"{SQL}/resting.sql",
        "      and p.lease_until > clock_timestamp() and not p.cancel_requested\n      and (select",
        "      and p.lease_until > clock_timestamp()\n      and (select",
        (ENGINE,),
    ),
    Guard(
        "an intent stops for a pause",
        f"{SQL}/resting.sql",
        "      and (select l.paused_reason = '' or (l.paused_reason = 'resting'",
        "      and (select true or (l.paused_reason = 'resting'",
        (PAUSING, MODEL),
    ),
    Guard(
        "a new account of a paused workspace is paused",
        f"{SQL}/pausing.sql",
        "mv_pause_reason(new.disconnected_at, new.health, v_paused or new.paused_at is not null)",
        "mv_pause_reason(new.disconnected_at, new.health, new.paused_at is not null)",
        (PAUSING,),
    ),
    Guard(
        "a paused account holds nothing",
        f"{SQL}/pausing.sql",
        "  where l.paused_reason not in ('', 'paused') and p.state = 'scheduled';",
        "  where l.paused_reason <> '' and p.state = 'scheduled';",
        (MODEL,),
    ),
    Guard(
        "what missed its time is not sent without asking",
        "posts/engine/publish.py",
        "        if work.claim.late_seconds > work.missed_seconds and not work.committed():\n",
        "        if False:\n",
        (PAUSING,),
    ),
    Guard(
        "who stages writes only while nobody holds it",
        "posts/staging.py",
        "from posts_publication p where p.id = %(id)s and p.fence = %(fence)s and p.state = 'scheduled'\nfor share",
        "from posts_publication p where p.id = %(id)s\nfor share",
        ("posts/tests/test_staging.py",),
    ),
    Guard(
        "the journal is committed before the call",
        "posts/engine/publish.py",
        "            if not self.store.intend(work, number, total):\n",
        "            if not self.store.renew(work.claim):\n",
        (PUBLISHING,),
    ),
    Guard(
        "nothing is sent when the lease is nearly over",
        "posts/engine/publish.py",
        "            if time.monotonic() > deadline:\n",
        "            if deadline < 0:\n",
        (PUBLISHING,),
    ),
    Guard(
        "only the holder writes the stash",
        "posts/engine/stash.py",
        " and p.fence = %(fence)s and p.state in",
        " and p.state in",
        (STASH,),
    ),
    Guard(
        "a late call names the container of its own time",
        "posts/engine/stash.py",
        "        if name not in self._seen:\n",
        "        if True:\n",
        (STASH,),
    ),
    # -- what an answer means
    Guard(
        "an error of the server is an unknown outcome",
        "posts/engine/protocol.py",
        "    return isinstance(error, (Refused, RateLimited, NeedsReauth, AppBlocked, NotSent))",
        "    return error.code != ''",
        (PUBLISHING,),
    ),
    Guard(
        "a bug in an adapter is an unknown outcome",
        "posts/engine/publish.py",
        'Unknown("Multivio stopped while sending it."',
        'NotSent("Multivio stopped while sending it."',
        (PUBLISHING,),
    ),
    Guard(
        "a duplicate after a disproof is looked for",
        "posts/engine/protocol.py",
        "        return not any(a.step == step_name(number) and a.disproved for a in work.attempts)\n",
        "        return True\n",
        (PUBLISHING, "posts/tests/test_api_publishing.py"),
    ),
    Guard(
        "an early end of a token is tried once more, not for ever",
        "posts/engine/protocol.py",
        '    return not any(a.code == "unauthorized" for a in work.attempts)',
        "    return True",
        (PUBLISHING,),
    ),
    Guard(
        "a look that cannot begin is not taken",
        "posts/engine/engine.py",
        "self.reconciler.due(free) if free else []",
        "self.reconciler.due(16)",
        ("posts/tests/test_looking.py",),
    ),
    Guard(
        "calls that hang do not hold up the looks",
        "posts/engine/engine.py",
        "self.looking.submit(self.reconciler.run, work)",
        "self.publishing.submit(self.reconciler.run, work)",
        ("posts/tests/test_looking.py",),
    ),
    Guard(
        "the last look at a list proves nothing",
        "posts/engine/settle.py",
        "        elif settlement.verdict == Settled.ABSENT:\n",
        "        elif settlement.verdict in {Settled.ABSENT, Settled.NOT_SEEN}:\n",
        (PUBLISHING,),
    ),
    # -- in the database
    Guard(
        "the transition table",
        f"{SQL}/stopping.sql",
        "    'unknown>published', 'unknown>needs_human',",
        "    'unknown>published', 'unknown>leased', 'unknown>needs_human',",
        (ENGINE,),
    ),
    Guard(
        "what is public in part is never called cancelled",
        f"{SQL}/stopping.sql",
        "  or (new.state = 'cancelled' and new.committed > 0)\n",
        "",
        (ENGINE,),
    ),
    Guard(
        "a fence never goes back",
        f"{SQL}/stopping.sql",
        "  new.fence < old.fence\n  or (new.state",
        "  (new.state",
        (ENGINE,),
    ),
    Guard(
        "nothing goes back to the queue with an open call",
        f"{SQL}/transitions.sql",
        "  if new.state = 'scheduled' and exists (",
        "  if false and exists (",
        (ENGINE,),
    ),
    Guard(
        "published means that every part is",
        f"{SQL}/transitions.sql",
        "  if new.state = 'published' and new.committed < new.commits then",
        "  if false then",
        (ENGINE,),
    ),
    Guard(
        "a settled attempt keeps its outcome",
        f"{SQL}/transitions.sql",
        "'ambiguous>ok', 'ambiguous>refused'))",
        "'ambiguous>ok', 'ambiguous>refused', 'ok>refused', 'refused>ok'))",
        (ENGINE,),
    ),
    Guard(
        "a publication cannot be born published",
        f"{SQL}/transitions.sql",
        "  when (new.state not in ('draft', 'scheduled')) execute function mv_refuse_birth();",
        "  when (false) execute function mv_refuse_birth();",
        (ENGINE,),
    ),
    Guard(
        "a lost lease with an open call is doubt, not the queue",
        f"{SQL}/pausing.sql",
        "    where a.status in ('intent', 'ambiguous') and not a.disproved),\n  journal",
        "    where a.status = 'never'),\n  journal",
        (ENGINE, MODEL),
    ),
    Guard(
        "late proof beats doubt",
        f"{SQL}/engine.sql",
        "fence = v_fence and step = v_step and status in ('intent', 'ambiguous');\n  if not found then return",
        "fence = v_fence and step = v_step and status = 'intent';\n  if not found then return",
        (ENGINE, MODEL),
    ),
    Guard(
        "a no that comes late settles the doubt",
        f"{SQL}/engine.sql",
        "      and (status = 'intent' or (v_kind = 'refused' and status = 'ambiguous'));",
        "      and status = 'intent';",
        (ENGINE,),
    ),
    Guard(
        "a second copy is shown",
        f"{SQL}/engine.sql",
        "  if v_other or v.state = 'published' or (v.state = 'sending' and v.fence <> v_fence) then",
        "  if false then",
        (ENGINE,),
    ),
    Guard(
        "many results at once take only the holder's; a second copy goes by the full rules",
        f"{SQL}/cheaper.sql",
        "    where p.fence = x.fence and p.state = 'sending' and p.commits = 1",
        "    where p.state = 'sending' and p.commits = 1",
        (ENGINE,),
        also=(
            ("a.fence = x.fence and a.status = 'intent'", "a.fence = x.fence and a.status in ('intent', 'ambiguous')"),
            ("o.status in ('intent', 'ambiguous', 'ok') and not o.disproved)", "o.status = 'never')"),
        ),
    ),
    Guard(
        "what needs somebody is noted to be told",
        f"{SQL}/outcomes.sql",
        "new.state in ('needs_human', 'failed', 'held', 'published')",
        "new.state in ('failed', 'held', 'published')",
        ("posts/tests/test_telling.py",),
    ),
    Guard(
        "nothing is told twice",
        "posts/telling.py",
        "        Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=Now())\n",
        "        pass\n",
        ("posts/tests/test_telling.py",),
    ),
    # -- claiming
    Guard(
        "one in flight for each connection",
        "posts/migrations/0001_initial.py",
        'fields=("connection",),\n                name="one_in_flight_per_connection",',
        'fields=("id",),\n                name="one_in_flight_per_connection",',
        (ENGINE,),
    ),
    Guard(
        "a claim raises the fence",
        f"{SQL}/claim.sql",
        "set state = 'leased', fence = p.fence + 1,",
        "set state = 'leased', fence = p.fence,",
        (ENGINE,),
    ),
    Guard(
        "a workspace stays under its cap",
        f"{SQL}/claim.sql",
        "    where t.turn <= p_cap and",
        "    where",
        (ENGINE,),
    ),
    Guard(
        "a closed platform is not claimed",
        f"{SQL}/claim.sql",
        "where g.closed_until > v_now",
        "where false",
        (ENGINE,),
    ),
    Guard(
        "a paused lane is not claimed",
        f"{SQL}/lanes.sql",
        "  select case when p_due is null or p_paused <> '' then null",
        "  select case when p_due is null then null",
        (ENGINE, MODEL),
    ),
    Guard(
        "who plans one takes the lane's lock first",
        f"{SQL}/lanes.sql",
        "  perform 1 from posts_lane l where l.connection_id = new.connection_id for key share;\n",
        "",
        (ENGINE,),
    ),
    Guard(
        "who plans many takes the lanes' locks first",
        f"{SQL}/lanes.sql",
        "  order by l.connection_id for key share;",
        "  order by l.connection_id;",
        (ENGINE,),
    ),
    # -- around it
    Guard(
        "nothing of a failed request stays",
        "multivio/tenancy.py",
        "                transaction.set_rollback(True)\n",
        "                pass\n",
        ("multivio/tests/test_isolation.py", "multivio/tests/test_requests.py"),
    ),
    Guard(
        "the system role ends with its block",
        "multivio/tenancy.py",
        "            if connection.savepoint_ids and not connection.needs_rollback:\n"
        "                _apply(before, current(), is_known=True)\n",
        "",
        ("multivio/tests/test_isolation.py",),
    ),
    Guard(
        "publications of another workspace are not there",
        "posts/migrations/0002_publishing.py",
        '        protect("posts_publication"),\n',
        "",
        ("multivio/tests/test_isolation.py",),
    ),
    Guard(
        "the same step is never open twice",
        "posts/migrations/0001_initial.py",
        '                condition=models.Q(("disproved", False), ("status__in", ["intent", "ambiguous", "ok"])),\n',
        '                condition=models.Q(("disproved", True), ("status__in", ["intent"])),\n',
        (ENGINE,),
    ),
)
