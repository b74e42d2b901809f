"""A frame once more, as a file in which single rows are looked up: what the desk shows of a row must not cost the reading of thousands.

Arrow's file format, in the order of what is looked up by and without the rows that have nothing there, in portions of few rows that are compressed
each for itself. The schema's metadata says with what each portion begins, so that the portions of a row are found by halving. The frame itself stays what nights read.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

STARTS: Final = b"bulou.starts"
# Where a person is mentioned.
WHERE: Final = ("feed", "file", "sheet", "row", "role")
# Of links, what is found of a person.
OF_LINKS: Final = (*WHERE, "decision", "match_probability", "content_key")
# Of mentions, what is said of the person.
SAID: Final = (
    "name",
    "former_name",
    "sex",
    "birth_date",
    "birth_date_lunar",
    "id_number",
    "ethnicity",
    "marital_status",
    "phone",
    "hukou_area",
    "hukou_group",
    "hukou_door",
    "residence_area",
    "residence_group",
    "residence_door",
    "relation_to_head",
    "head_name",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
    "household_key",
)


@dataclass(frozen=True)
class LookUp:
    """`by`: columns of text or whole numbers, most important first; `together`: rows that are read at once; `columns`: what is to be found, if not all."""

    by: tuple[str, ...]
    together: int = 64
    columns: tuple[str, ...] = ()


def look_up_file(table: "pa.Table", look_up: LookUp) -> bytes:
    """The file's content."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import ipc

    by = list(look_up.by)
    if look_up.columns:
        table = table.select(list(dict.fromkeys((*by, *look_up.columns))))
    for name in by:
        table = table.filter(pc.is_valid(table.column(name)))
    table = table.sort_by([(name, "ascending") for name in by]).combine_chunks()
    starts = table.select(by).take(pa.array(range(0, len(table), look_up.together), pa.int64()))
    told = {"by": by, "starts": list(zip(*(starts.column(name).to_pylist() for name in by)))}
    content = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    schema = table.schema.with_metadata({STARTS: content.encode()})
    buffer = BytesIO()
    # Of the compressions the one that is undone fastest: a portion has a hundred pieces of some bytes.
    with ipc.new_file(buffer, schema, options=ipc.IpcWriteOptions(compression="lz4")) as file:
        file.write_table(table.replace_schema_metadata(schema.metadata), max_chunksize=look_up.together)
    return buffer.getvalue()
