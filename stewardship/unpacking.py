"""What a workbook from outside unpacks to, looked at before any reader sees it."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from typing import Final

MOST_UNPACKED: Final = 20_000_000
MOST_FILES: Final = 200
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([^"']*)["']""")
_WIDE: Final = (b"\xfe\xff", b"\xff\xfe", b"<\x00", b"\x00<")  # XML in UTF-16, which no spreadsheet writes


class BadWorkbook(Exception):
    """A workbook that no reader should see; `code` is `unreadable` or `too_large`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def check_workbook(content: bytes, near: re.Pattern[bytes]) -> None:
    """Before it is unpacked by a reader, which would fill the memory up to the farthest cell.

    Args:
        near: the places of cells that a sheet may have.
    Raises: BadWorkbook for what unpacks to too much, or has cells farther out.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            left = MOST_UNPACKED
            names = packed.namelist()
            if len(names) > MOST_FILES:
                raise BadWorkbook("too_large")
            for name in names:
                with packed.open(name) as file:
                    part = file.read(left + 1)
                left -= len(part)
                if left < 0:
                    raise BadWorkbook("too_large")
                if part.startswith(_WIDE):
                    raise BadWorkbook("unreadable")
                if b"sheetData" in part and not all(map(near.fullmatch, _PLACE.findall(part))):
                    raise BadWorkbook("too_large")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise BadWorkbook("unreadable") from None
