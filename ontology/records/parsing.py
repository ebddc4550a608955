"""JSON text into values, without a number changed on the way."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson

from ontology.validation.problems import Fault

_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_MANY_ZEROS = b"0" * 19
"""Digits in a row, all made zeros, that may be a whole number beyond 64 bits, which orjson would turn into a float. A seventh of a pattern's time."""
_INT64_MIN, _UINT64_MAX = -(1 << 63), (1 << 64) - 1
_DIGITS_MAX = 20
"""Of the longest number that fits in 64 bits, its sign aside."""
_FLOAT_DIGITS_MAX = 310
"""Of the longest whole number that a float can be, and a sign."""


def json_parse(text: bytes, *, large_as_text: bool = False) -> tuple[Any, Fault | None]:
    """The value of JSON TEXT, or what is wrong with it and where.

    A whole number beyond 64 bits is wrong, or with LARGE_AS_TEXT the text of its digits: of either none is lost.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as broken:
        return None, _fault(text, broken)
    if _MANY_ZEROS in text.translate(_DIGITS_AS_ZEROS):
        return _parse_large(text, _number_or_digits if large_as_text else _whole_number)
    return value, None


def _fault(text: bytes, broken: orjson.JSONDecodeError) -> Fault:
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return ("", "not_utf8", f"The text is not UTF-8 at byte {wrong.start + 1} (0x{text[wrong.start]:02x}).")
    if "depth" in broken.msg or "recursion" in broken.msg.lower():
        return ("", "too_deep", "The record is nested too deep.")
    return ("", "not_json", f"The text is not JSON at character {broken.pos + 1}: {broken.msg.split(': line')[0]}.")


def _parse_large(text: bytes, whole_number: Callable[[str], Any]) -> tuple[Any, Fault | None]:
    try:
        return json.loads(text, parse_int=whole_number), None
    except OverflowError as refused:
        return None, ("", "number_too_large", str(refused))
    except RecursionError:
        return None, ("", "too_deep", "The record is nested too deep.")


def _whole_number(digits: str) -> int | float:
    value = int(digits) if len(digits) <= _DIGITS_MAX + 1 else None
    if value is not None and _INT64_MIN <= value <= _UINT64_MAX:
        return value
    if len(digits) <= _FLOAT_DIGITS_MAX and Decimal(repr(float(digits))) == Decimal(digits):
        return float(digits)  # 6.02e23, as the database spells it
    raise OverflowError(f"The whole number {digits[:40]} is beyond 64 bits; send it as text.")


def _number_or_digits(digits: str) -> int | float | str:
    try:
        return _whole_number(digits)
    except OverflowError:
        return digits
