"""The guards of money: AI credits that are bought, and posts to X that are paid one by one."""

from proof.mutations.guards import Guard

CREDITS = ("billing/tests/test_credits.py",)
USED = ("ai/tests/test_bought_credits.py",)
MONEY_BACK = ("billing/tests/test_credits_money_back.py",)
METER = ("billing/tests/test_metering.py",)
SENDING = ("billing/tests/test_meter_sending.py",)
SWITCH = ("billing/tests/test_pay_per_post.py",)
TOGETHER = ("billing/tests/test_everything_together.py",)
POSTS = ("posts/tests/test_posts_paid_one_by_one.py",)

GUARDS = (
    Guard(
        "credits are granted for what is paid only",
        "billing/services/credit_buying.py",
        'session["status"] != "complete" or session["payment_status"] == "unpaid"',
        'session["status"] != "complete"',
        CREDITS,
    ),
    Guard(
        "a payment of another workspace is nobody's",
        "billing/services/checkout.py",
        'session.get("client_reference_id") != str(actor.workspace.uid) or session.get("customer") != own',
        "False",
        CREDITS,
    ),
    Guard(
        "credits that are used are not taken back",
        "billing/packs.py",
        "taken = min(max(0, more), max(0, _left(row.workspace_id)))",
        "taken = max(0, more)",
        MONEY_BACK,
    ),
    Guard(
        "an older answer about a payment does not undo a newer one",
        "billing/packs.py",
        "row.asked_at is not None and row.asked_at > asked_at",
        "False",
        MONEY_BACK,
    ),
    Guard(
        "choosing a plan closes no checkout of credits",
        "billing/gateway.py",
        'each.mode != "subscription" or ',
        "",
        CREDITS,
    ),
    Guard(
        "two at once do not spend the same credits",
        "ai/credits.py",
        "    _lock(workspace)\n    found = standing",
        "    found = standing",
        USED,
    ),
    Guard(
        "credits that were set aside and not needed are given back",
        "ai/credits.py",
        "return packs.use(workspace, max(0, spent - max(0, room)), before=row.bought)",
        "return row.bought and min(row.bought, spent)",
        USED,
    ),
    Guard(
        "nothing is charged beyond the cap",
        "billing/metering.py",
        "[State.WAITING] * min(paid, each.parts - len(states))",
        "[State.WAITING] * (each.parts - len(states))",
        METER,
    ),
    Guard(
        "each part is metered once",
        "billing/metering.py",
        "if MeteredPost.objects.filter(publication=each.publication).exists():",
        "if False:",
        METER,
    ),
    Guard(
        "what was tried a day ago is not simply sent again",
        "billing/meter_sending.py",
        "        waiting.update(state=State.UNSURE)\n",
        "",
        SENDING,
    ),
    Guard(
        "an event is the same at every try",
        "billing/meter_models.py",
        "return uuid.uuid5(publication, str(part))",
        "return uuid.uuid4()",
        SENDING,
    ),
    Guard(
        "the door of thin events has a secret of its own",
        "billing/gateway.py",
        "for secret in settings.STRIPE_THIN_WEBHOOK_SECRETS:",
        "for secret in settings.STRIPE_WEBHOOK_SECRETS:",
        SENDING,
    ),
    Guard(
        "an answer from before does not switch the paying off",
        "billing/metering.py",
        "if row is None or row.since >= asked_at:",
        "if row is None:",
        SWITCH,
    ),
    Guard(
        "nobody plans paid posts and takes the paying away",
        "billing/services/pay_per_post.py",
        "if used > included + cap and _planned(found, start, end):",
        "if False:",
        POSTS,
    ),
    Guard(
        "what was published before it was on is not charged",
        "posts/metered.py",
        "since = max(window.since, timezone.now() - LOOKS_BACK)",
        "since = timezone.now() - LOOKS_BACK",
        POSTS,
    ),
    Guard(
        "an item is known though its price was replaced",
        "billing/metering.py",
        'price.get("lookup_key") == X_POSTS.price_key or (is_metered and price.get("product") == X_POSTS.product)',
        'is_metered and price.get("lookup_key") == X_POSTS.price_key',
        TOGETHER,
    ),
    Guard(
        "seats stay seats though their price was replaced",
        "billing/sync.py",
        'is_seat(key) or (not plan_of_price(key) and item["id"] == row.seat_item_id)',
        "is_seat(key)",
        TOGETHER,
    ),
    Guard(
        "a month that has ended is the same after the renewal",
        "billing/standing.py",
        "subscription is None or moment < subscription.started_at",
        "subscription is None or moment < subscription.period_start",
        POSTS,
    ),
    Guard(
        "paying for posts to X ends when all was told",
        "billing/services/pay_per_post.py",
        "    if waiting:\n",
        "    if False:\n",
        SWITCH,
    ),
    Guard(
        "a cap is not changed after it was switched off",
        "billing/services/pay_per_post.py",
        "before = PayPerPost.objects.filter(pk=row.pk, until=None).first()",
        "before = PayPerPost.objects.filter(pk=row.pk).first()",
        SWITCH,
    ),
    Guard(
        "what is published stands in nobody's way",
        "billing/services/pay_per_post.py",
        " and _planned(found, start, end):",
        ":",
        POSTS,
    ),
    Guard(
        "ending a subscription bills what was used",
        "billing/gateway.py",
        ', params={"invoice_now": True}',
        "",
        SWITCH,
    ),
)
