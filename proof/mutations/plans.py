"""The guards of plans and their limits, each as the edit that takes it away."""

from proof.mutations.guards import SQL, Guard

ENGINE = ("posts/tests/test_resting_engine.py",)
RESTING = ("posts/tests/test_resting.py",)
CHOOSING = ("posts/tests/test_choosing_connections.py",)
POSTS = ("posts/tests/test_plan_and_posts.py",)
LIMITS = ("billing/tests/test_limits.py",)
HISTORY = ("posts/tests/test_history_of_a_plan.py",)
STANDING = ("billing/tests/test_standing.py",)

GUARDS = (
    # -- limits
    Guard(
        "a key works only under a plan that has the API",
        "accounts/services.py",
        '    growing.send(sender=ApiKey, workspace=member.workspace, what="api", count=0)\n',
        "",
        LIMITS,
    ),
    Guard(
        "no more connections than the plan has",
        "social/services.py",
        "        limits.require(actor.workspace, What.CONNECTIONS, 0)\n",
        "        pass\n",
        POSTS,
    ),
    Guard(
        "whose plan it is, only who is in the workspace is told",
        "billing/migrations/sql/standing.sql",
        "  where mv_is_member()\n",
        "",
        STANDING,
    ),
    # -- at rest
    Guard(
        "an account at rest publishes nothing",
        f"{SQL}/resting.sql",
        "              when p_resting is not null then 'resting' when",
        "              when",
        ENGINE,
    ),
    Guard(
        "a thread is finished at rest, not in a pause",
        f"{SQL}/resting.sql",
        "             where c.id = l.connection_id and (c.paused_at is not null or w.paused_at is not null)))",
        "             where false))",
        ENGINE,
    ),
    Guard(
        "nothing new is planned for an account at rest",
        "posts/content.py",
        "    elif connection.rests:\n",
        "    elif False:\n",
        RESTING,
    ),
    Guard(
        "who plans waits for the plan's lock before the accounts are read",
        "posts/services/writing.py",
        "        allowing.require_paid(actor.workspace)  # before",
        "        pass  # before",
        ENGINE,
    ),
    Guard(
        "who connects takes the plan's lock before any row",
        "social/services.py",
        "    limits.hold(actor.workspace)  # before",
        "    # before",
        ENGINE,
    ),
    Guard(
        "an approval puts nothing in line for an account at rest",
        "posts/services/approving.py",
        "    allowing.hold_resting(Publication.objects.filter(post=post))\n",
        "",
        RESTING,
    ),
    Guard(
        "an account that is mended and rests releases nothing",
        "posts/releasing.py",
        "        (IS_RESTING, RESTS),\n",
        "",
        RESTING,
    ),
    Guard(
        "nothing stops before the owners could choose",
        "billing/places.py",
        "        if timezone.now() < (account.rests_from or LONG_AGO):\n",
        "        if False:\n",
        RESTING,
    ),
    Guard(
        "what was chosen for a bigger plan is no answer",
        "billing/places.py",
        "    return sum(str(place.uid) in account.staying for place in places) <= most\n",
        "    return True\n",
        CHOOSING,
    ),
    Guard(
        "who rests does not change by itself",
        "billing/places.py",
        "    return is_chosen, not place.rests, place.is_usable, place.is_primary, last, -place.pk\n",
        "    return is_chosen, place.is_usable, place.is_primary, last, -place.pk, True\n",
        RESTING,
    ),
    Guard(
        "no more are chosen than there is room for",
        "billing/choosing.py",
        "    if len(set(stays)) > choice.most:\n",
        "    if False:\n",
        CHOOSING,
    ),
    # -- the past
    Guard(
        "numbers of longer ago than the plan shows are kept back",
        "posts/api/showing.py",
        "watch and watch.latest and not is_kept_back",
        "watch and watch.latest",
        HISTORY,
    ),
    Guard(
        "the trail begins where the plan says, at every door",
        "accounts/trail/reading.py",
        "    return rows.filter(at__gte=max(answers)) if answers else rows\n",
        "    return rows\n",
        HISTORY,
    ),
)
