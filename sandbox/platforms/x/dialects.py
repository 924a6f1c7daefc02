"""X renamed tweets to posts in its 2026 specification; both vocabularies are met in the wild."""

from dataclasses import dataclass

_SHARED = (
    *("article", "attachments", "card_uri", "community_id", "context_annotations", "conversation_id", "created_at"),
    *("display_text_range", "edit_controls", "entities", "geo", "id", "lang", "media_metadata", "non_public_metrics"),
    *("organic_metrics", "paid_partnership", "possibly_sensitive", "promoted_metrics", "public_metrics"),
    *("reply_settings", "scopes", "source", "text", "withheld"),
)
_SHARED_EXPANSIONS = (
    *("article.cover_media", "article.media_entities", "attachments.media_keys", "attachments.media_source_tweet"),
    *("attachments.poll_ids", "author_id", "entities.mentions.username", "geo.place_id", "in_reply_to_user_id"),
)
_SHARED_USER = (
    *("affiliation", "confirmed_email", "connection_status", "created_at", "description", "entities", "id"),
    *("is_identity_verified", "location", "name", "parody", "profile_banner_url", "profile_image_url", "protected"),
    *("public_metrics", "receives_your_dm", "subscription", "subscription_type", "url", "username", "verified"),
    *("verified_followers_count", "verified_type", "withheld"),
)
MEDIA_FIELDS = (
    *("alt_text", "duration_ms", "height", "media_key", "non_public_metrics", "organic_metrics", "preview_image_url"),
    *("promoted_metrics", "public_metrics", "type", "url", "variants", "width"),
)
POLL_FIELDS = ("duration_minutes", "end_datetime", "id", "options", "voting_status")
PLACE_FIELDS = ("contained_within", "country", "country_code", "full_name", "geo", "id", "name", "place_type")
ANALYTICS_FIELDS = (
    *("app_install_attempts", "app_opens", "bookmarks", "detail_expands", "email_tweet", "engagements", "follows"),
    *("hashtag_clicks", "id", "impressions", "likes", "media_views", "permalink_clicks", "quote_tweets", "replies"),
    *("retweets", "shares", "timestamp", "timestamped_metrics", "unfollows", "unlikes", "url_clicks"),
    "user_profile_clicks",
)


@dataclass(frozen=True)
class Dialect:
    """The names that differ. `relations` are post fields in the old one, mere expansions in the new one."""

    noun: str
    fields: tuple[str, ...]
    expansions: tuple[str, ...]
    user_fields: tuple[str, ...]
    user_expansions: tuple[str, ...]
    referenced: str
    referenced_expansion: str
    note: str
    history: str
    repost_count: str
    post_count: str

    @property
    def fields_parameter(self) -> str:
        return f"{self.noun}.fields"

    @property
    def included(self) -> str:
        return f"{self.noun}s"


OLD = Dialect(
    noun="tweet",
    fields=(
        *_SHARED,
        *("author_id", "edit_history_tweet_ids", "in_reply_to_user_id", "note_tweet", "referenced_tweets"),
    ),
    expansions=(
        *_SHARED_EXPANSIONS,
        *("edit_history_tweet_ids", "entities.note.mentions.username", "referenced_tweets.id"),
        "referenced_tweets.id.author_id",
    ),
    user_fields=(*_SHARED_USER, "most_recent_tweet_id", "pinned_tweet_id"),
    user_expansions=("affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id"),
    referenced="referenced_tweets",
    referenced_expansion="referenced_tweets.id",
    note="note_tweet",
    history="edit_history_tweet_ids",
    repost_count="retweet_count",
    post_count="tweet_count",
)
NEW = Dialect(
    noun="post",
    fields=(
        *_SHARED,
        *("article_title", "matched_media_notes", "note_post", "note_request_suggestions", "suggested_source_links"),
        "suggested_source_links_with_counts",
    ),
    expansions=(*_SHARED_EXPANSIONS, "edit_history_post_ids", "referenced_posts", "username"),
    user_fields=(*_SHARED_USER, "subscribes_to_you"),
    user_expansions=("affiliation", "most_recent_post_id", "pinned_post_id"),
    referenced="referenced_posts",
    referenced_expansion="referenced_posts",
    note="note_post",
    history="edit_history_post_ids",
    repost_count="repost_count",
    post_count="post_count",
)
DIALECTS = {"old": OLD, "new": NEW}
