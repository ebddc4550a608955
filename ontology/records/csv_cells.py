"""Cells that a spreadsheet would take for a formula, made harmless so that they come back as they were.

An apostrophe before such a cell, and before one that begins with an apostrophe itself, makes it text for every spreadsheet (OWASP, CSV injection).
A file written so has a column QUOTED_MARK, and only in such a file is the apostrophe taken away again: elsewhere it is somebody's text.
"""

import re

QUOTED_MARK = "_quoted"
_ACTIVE = re.compile("[=+\\-@\t\r\n\x00'\uff1d\uff0b\uff0d\uff20]")
"""The last four are their wide forms, which some spreadsheets take for the same."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")


def quoted(cell: str) -> str:
    """CELL as no spreadsheet executes it; numbers stay numbers."""
    return f"'{cell}" if _ACTIVE.match(cell) and not _NUMBER.match(cell) else cell


def unquoted(cell: str) -> str:
    """CELL as it was before `quoted`."""
    return cell.removeprefix("'")
