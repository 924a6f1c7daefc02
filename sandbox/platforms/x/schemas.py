"""Request schemas of X's OpenAPI 2.167, for the endpoints that publish."""

from typing import Any

Schema = dict[str, Any]

ID: Schema = {"type": "string", "pattern": r"^[0-9]{1,19}$"}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
REPLY_SETTINGS: Schema = {"type": "string", "enum": ["following", "mentionedUsers", "subscribers", "verified"]}


def _object(required: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


CREATE_POST = _object(
    card_uri=TEXT,
    community_id=ID,
    direct_message_deep_link=TEXT,
    edit_options=_object(("previous_post_id",), previous_post_id=ID),
    for_super_followers_only=FLAG,
    geo=_object(("place_id",), place_id=TEXT),
    made_with_ai=FLAG,
    media=_object(
        ("media_ids",),
        call_to_actions=_object(
            app_install=_object(app_store_id=TEXT, ipad_app_store_id=TEXT, play_store_id=TEXT),
            visit_site=_object(("url",), url=TEXT),
            watch_now=_object(("url",), url=TEXT),
        ),
        embeddable=FLAG,
        media_ids={"type": "array", "minItems": 1, "maxItems": 4, "items": ID},
        preview_media_id=ID,
        tagged_user_ids={"type": "array", "maxItems": 10, "items": ID},
        title=TEXT,
    ),
    nullcast=FLAG,
    paid_partnership=FLAG,
    poll=_object(
        ("options", "duration_minutes"),
        duration_minutes={"type": "integer", "minimum": 5, "maximum": 10080},
        options={
            "type": "array",
            "minItems": 2,
            "maxItems": 4,
            "items": {"type": "string", "minLength": 1, "maxLength": 25},
        },
        reply_settings=REPLY_SETTINGS,
    ),
    quote_tweet_id=ID,
    reply=_object(
        ("in_reply_to_tweet_id",),
        auto_populate_reply_metadata=FLAG,
        exclude_reply_user_ids={"type": "array", "items": TEXT},
        in_reply_to_tweet_id=ID,
    ),
    reply_settings=REPLY_SETTINGS,
    share_with_followers=FLAG,
    text=TEXT,
)

MEDIA_TYPES = [
    *("video/mp4", "video/webm", "video/mp2t", "video/quicktime", "text/srt", "text/vtt", "image/jpeg", "image/gif"),
    *("image/bmp", "image/png", "image/webp", "image/pjpeg", "image/tiff", "model/gltf-binary", "model/vnd.usdz+zip"),
]
CATEGORIES = [
    *("amplify_video", "tweet_gif", "tweet_image", "tweet_video", "dm_gif", "dm_image", "dm_video", "subtitles"),
]
ONE_SHOT_CATEGORIES = [category for category in CATEGORIES if category != "amplify_video"]

INITIALIZE_UPLOAD = _object(
    additional_owners={"type": "array", "items": ID},
    media_category={"type": "string", "enum": CATEGORIES},
    media_type={"type": "string", "enum": MEDIA_TYPES},
    shared=FLAG,
    total_bytes={"type": "integer", "minimum": 0, "maximum": 17179869184},
)

# In multipart bodies every field is text; `media` is the file part.
APPEND_UPLOAD = _object(
    ("media", "segment_index"), media=TEXT, segment_index={"type": "integer", "minimum": 0, "maximum": 999}
)
ONE_SHOT_UPLOAD = _object(
    ("media", "media_category"),
    additional_owners=TEXT,
    media=TEXT,
    media_category={"type": "string", "enum": ONE_SHOT_CATEGORIES},
)

MEDIA_METADATA: Schema = {
    "type": "object",
    "required": ("id",),
    "properties": {
        "id": ID,
        "metadata": {
            "type": "object",
            "properties": {
                "alt_text": {
                    "type": "object",
                    "required": ("text",),
                    "properties": {"text": {"type": "string", "maxLength": 1000}},
                },
            },
        },
    },
}
