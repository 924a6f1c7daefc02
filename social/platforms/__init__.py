"""The platforms that there are."""

from functools import cache

from social.contract import Platform


@cache
def _known() -> dict[str, Platform]:
    # Sibling modules import this package.
    from social.platforms.facebook import Facebook  # noqa: PLC0415
    from social.platforms.instagram import Instagram  # noqa: PLC0415
    from social.platforms.linkedin import LinkedIn  # noqa: PLC0415
    from social.platforms.threads import Threads  # noqa: PLC0415
    from social.platforms.tiktok import TikTok  # noqa: PLC0415
    from social.platforms.x import X  # noqa: PLC0415
    from social.platforms.youtube import YouTube  # noqa: PLC0415

    return {
        platform.slug: platform
        for platform in (X(), Facebook(), Instagram(), LinkedIn(), YouTube(), TikTok(), Threads())
    }


def get(slug: str) -> Platform:
    """The platform with this slug; raises KeyError for one that is not there."""
    return _known()[slug]


def all() -> list[Platform]:
    """Every platform that the product speaks to, switched on or not, in the order in which people see them."""
    return list(_known().values())


def enabled() -> list[Platform]:
    """Those whose keys are there."""
    return [platform for platform in all() if platform.enabled()]
