"""Quiet hours: when a message must wait, and until when."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_end(begins: time | None, ends: time | None, time_zone: str, now: datetime) -> datetime | None:
    """When the quiet hours that NOW lies in are over; None outside them, and where there are none.

    Both times are read on a clock of TIME_ZONE; BEGINS belongs to the hours, ENDS does not. Hours that begin and end at one time last the whole day.
    """
    if begins is None or ends is None:
        return None
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    clock = local.time()
    passes_midnight = begins >= ends
    is_quiet = (clock >= begins or clock < ends) if passes_midnight else begins <= clock < ends
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1) if passes_midnight and clock >= begins else local.date()
    return datetime.combine(day, ends, tzinfo=zone)
