"""Refusals of publishing, in Instagram's words
(https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes)."""

from sandbox.calls import Problem
from sandbox.platforms import graph

# subcode -> code, message, what people are told
REFUSALS = {
    2207003: (-2, "Timeout", "It takes too long to download the media."),
    2207004: (36000, "The image is too large", "The image is too large to download. It should be less than 8 MiB."),
    2207005: (36001, "Unsupported image format", "The image format is not supported. Supported formats are: JPEG."),
    2207006: (24, "The media with that id cannot be found", "The media with this id cannot be found."),
    2207008: (24, "The requested resource does not exist", "The media builder with this creation id does not exist."),
    2207009: (36003, "Invalid aspect ratio", "The submitted image with aspect ratio is out of the allowed range."),
    2207010: (36004, "Caption too long", "The caption was too long: at most 2,200 characters, 30 hashtags, 20 @ tags."),
    2207020: (-2, "Media expired", "The media you are trying to access has expired."),
    2207023: (100, "Invalid parameter", "The media type is unknown."),
    2207026: (352, "Unsupported video format", "The video format is not supported. Use MP4 or MOV."),
    2207027: (9007, "Media ID is not available", "The media is not ready for publishing, please wait a moment."),
    2207028: (100, "Invalid parameter", "A carousel must have between 2 and 10 children."),
    2207042: (
        9,
        "Application request limit reached",
        "You have reached the maximum number of posts that may be published.",
    ),
    2207050: (25, "Action blocked", "The Instagram account is restricted."),
    2207051: (4, "Application request limit reached", "We restrict certain activity to protect our community."),
    2207052: (
        9004,
        "Only photo or video can be accepted as media type",
        "The media could not be fetched from this URI.",
    ),
    2207057: (1, "Invalid thumbnail offset", "The thumbnail offset must be within the length of the video."),
    2207081: (100, "Invalid parameter", "The account does not have Trial Reels."),
}


def refused(subcode: int, detail: str = "") -> Problem:
    code, message, people = REFUSALS[subcode]
    return Problem(graph.error(code, f"{message}. {detail}".strip(), subcode=subcode, user=people))


def failure(subcode: int) -> str:
    """What a container's `status` says when it could not be filled."""
    return f"Error: Media upload has failed with error code {subcode}"
