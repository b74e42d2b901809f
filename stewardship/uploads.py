"""Files that come with a form: taken whole, up to a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from stewardship.errors import RefusedForm, TooLarge
from stewardship.keeping import read_away
from stewardship.security import SESSION, is_same_origin, is_token_of
from stewardship.visits import house


@dataclass(frozen=True)
class Upload:
    """A file that came with a form of this session; `content` is None where none was chosen, `ticked` are the boxes that were."""

    content: bytes | None
    ticked: frozenset[str] = frozenset()


async def uploaded(request: Request) -> Upload:
    """The file of a form of this app's own. Raises: RefusedForm, TooLarge."""
    return await _read(request, house(request).settings.longest_upload)


async def handed_in(request: Request) -> Upload:
    """The same of a form that takes whole lists."""
    return await _read(request, house(request).settings.longest_hand_in, is_list=True)


async def _read(request: Request, longest: int, *, is_list: bool = False) -> Upload:
    if not is_same_origin(request):
        raise RefusedForm
    if int(request.headers.get("content-length") or longest + 1) > longest:
        await read_away(request)
        raise TooLarge(longest, is_list)
    async with request.form(max_files=1, max_fields=50) as form:
        token, file = form.get("token"), form.get("file")
        if not isinstance(token, str) or not is_token_of(request.cookies.get(SESSION) or "", token):
            raise RefusedForm
        content = await file.read() if isinstance(file, UploadFile) else b""
        ticked = frozenset(name for name, value in form.items() if value == "1")
    return Upload(content or None, ticked)


Uploaded = Annotated[Upload, Depends(uploaded)]
HandedIn = Annotated[Upload, Depends(handed_in)]
