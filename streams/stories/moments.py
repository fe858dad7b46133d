"""Times as whole microseconds since 1970, in which the index counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE

_MICROSECOND = timedelta(microseconds=1)
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)


def to_moment(time: datetime) -> int:
    """Return `time` in microseconds; a time without a zone is in UTC."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (max(aware, _EARLIEST) - EPOCH) // _MICROSECOND


def to_time(moment: int) -> datetime:
    """Return the time that is `moment` microseconds after 1970."""
    return EPOCH + timedelta(microseconds=moment)


def event_time(published_at: datetime | None, arrived: int) -> tuple[int, bool]:
    """Return when the article appeared, and whether its own date was missing or later than its arrival."""
    if published_at is None:
        return arrived, True
    published = to_moment(published_at)
    return min(published, arrived), published > arrived
