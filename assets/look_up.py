"""A frame once more, as a file in which single rows are looked up: what the desk shows of a row must not cost the reading of thousands.

Arrow's file format, in portions of few rows that are compressed each for itself. Which portions may hold a value says the schema's metadata: of each
portion the smallest and the largest value of the columns that are looked up by. The frame itself stays what nights read.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

SPANS: Final = b"bulou.spans"
# Of links, what is found of a person.
OF_LINKS: Final = ("feed", "file", "sheet", "row", "role", "decision", "match_probability", "content_key")


@dataclass(frozen=True)
class LookUp:
    """`by`: text or whole numbers; `together`: rows that are read at once.

    `is_in_order`: the frame lies in the order of the first of `by`; else the file does, without the rows that have nothing there. `columns`: what
    is to be found, if not all.
    """

    by: tuple[str, ...]
    together: int = 256
    is_in_order: bool = True
    columns: tuple[str, ...] = ()


def look_up_file(table: "pa.Table", look_up: LookUp) -> bytes:
    """The file's content."""
    import pyarrow.compute as pc
    from pyarrow import ipc

    if look_up.columns:
        table = table.select(list(dict.fromkeys((*look_up.by, *look_up.columns))))
    if not look_up.is_in_order:
        order = [(name, "ascending") for name in look_up.by]
        table = table.filter(pc.is_valid(table.column(look_up.by[0]))).sort_by(order)
    table = table.combine_chunks()
    spans = {name: _spans(table.column(name), look_up.together) for name in look_up.by}
    schema = table.schema.with_metadata({SPANS: json.dumps(spans, separators=(",", ":")).encode()})
    buffer = BytesIO()
    with ipc.new_file(buffer, schema, options=ipc.IpcWriteOptions(compression="zstd")) as file:
        file.write_table(table.replace_schema_metadata(schema.metadata), max_chunksize=look_up.together)
    return buffer.getvalue()


def _spans(column: "pa.ChunkedArray", together: int) -> list[list[Any] | None]:
    """Of each portion; none where nothing stands in it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: list[list[Any] | None] = []
    for start in range(0, len(column), together):
        if pa.types.is_null(column.type):
            found.append(None)
            continue
        span = pc.min_max(column.slice(start, together)).as_py()
        found.append(None if span["min"] is None else [span["min"], span["max"]])
    return found
