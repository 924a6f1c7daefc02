"""Billing periods: months and years of the calendar, from an anchor."""

import calendar
from datetime import UTC, datetime


def after(start: int, interval: str, count: int = 1) -> int:
    """The end of a period that begins at `start`. The 31st becomes the last day of a shorter month."""
    moment = datetime.fromtimestamp(start, UTC)
    if interval in ("day", "week"):
        return start + (86400 if interval == "day" else 7 * 86400) * count
    months = (moment.month - 1) + (12 * count if interval == "year" else count)
    year, month = moment.year + months // 12, months % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return int(moment.replace(year=year, month=month, day=day).timestamp())
