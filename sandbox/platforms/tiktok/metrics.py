"""Numbers of a post, as TikTok's video objects give them."""

from sandbox.growth import between, share_reached
from sandbox.store import Row

RATES = {"like_count": (0.02, 0.12), "comment_count": (0.001, 0.01), "share_count": (0.001, 0.012)}


def totals(row: Row, moment: float) -> dict[str, int]:
    seed = f"tiktok/{row['id']}"
    since = row["listed_at"] or row["begun_at"]
    views = between(f"{seed}/views", 150, 40_000) * share_reached(seed, moment - since)
    counts = {name: int(views * between(f"{seed}/{name}", *bounds)) for name, bounds in RATES.items()}
    return counts | {"view_count": int(views)}
