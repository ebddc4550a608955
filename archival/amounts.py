"""Amounts as people read them."""

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


def bytes_text(count: int) -> str:
    """Bytes in the unit that fits, to one place."""
    size, unit = float(count), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{count} B" if unit == 0 else f"{size:,.1f} {_UNITS[unit]}"


def days_text(days: int | None) -> str:
    """A number of days; None is for ever."""
    return "for ever" if days is None else "1 day" if days == 1 else f"{days:,} days"
