"""Numbers of a post, as X's metrics and analytics endpoints give them."""

from sandbox.growth import between, share_reached
from sandbox.store import Row

# Final share of the impressions that ends in each action.
RATES = {
    "likes": (0.008, 0.06),
    "retweets": (0.001, 0.012),
    "replies": (0.0005, 0.006),
    "quote_tweets": (0.0001, 0.002),
    "bookmarks": (0.0008, 0.01),
    "url_clicks": (0.002, 0.03),
    "user_profile_clicks": (0.001, 0.01),
    "detail_expands": (0.01, 0.05),
    "hashtag_clicks": (0.0002, 0.002),
    "permalink_clicks": (0.0002, 0.003),
    "media_views": (0.1, 0.5),
    "follows": (0.0001, 0.002),
    "shares": (0.0005, 0.006),
}
NEVER = ("app_install_attempts", "app_opens", "email_tweet", "unfollows", "unlikes")
ENGAGEMENTS = ("likes", "retweets", "replies", "quote_tweets", "bookmarks", "url_clicks", "user_profile_clicks")


def totals(row: Row, moment: float) -> dict[str, int]:
    """Every metric of the post from its creation to the moment (epoch seconds, sandbox clock)."""
    seed = str(row["id"])
    reach = between(f"{seed}/reach", 90, 12_000) * share_reached(seed, moment - row["created_at"])
    counts = {name: int(reach * between(f"{seed}/{name}", *bounds)) for name, bounds in RATES.items()}
    counts |= dict.fromkeys(NEVER, 0)
    return counts | {"impressions": int(reach), "engagements": sum(counts[name] for name in ENGAGEMENTS)}


def public(row: Row, moment: float, *, real_replies: int, repost_key: str) -> dict[str, int]:
    """`public_metrics`; replies that exist in the sandbox come on top of the made-up ones."""
    numbers = totals(row, moment)
    return {
        repost_key: numbers["retweets"],
        "reply_count": numbers["replies"] + real_replies,
        "like_count": numbers["likes"],
        "quote_count": numbers["quote_tweets"],
        "bookmark_count": numbers["bookmarks"],
        "impression_count": numbers["impressions"],
    }


def private(row: Row, moment: float) -> dict[str, int]:
    """`non_public_metrics`: for the author, for 30 days."""
    numbers = totals(row, moment)
    return {
        "impression_count": numbers["impressions"],
        "url_link_clicks": numbers["url_clicks"],
        "user_profile_clicks": numbers["user_profile_clicks"],
        "engagements": numbers["engagements"],
    }
