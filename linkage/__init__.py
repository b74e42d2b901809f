"""Records → links: a Fellegi–Sunter engine with many comparison levels, term frequencies, missing values and a co-resident class.

Usable alone: `LinkSpec`, `block_on` and `compare` say what is compared, `train` estimates a model without labels, `link` and `dedupe`
apply it. See README.md beside this file.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from linkage.later import keeping_garbage

if TYPE_CHECKING:
    from linkage.increment import Index
    from linkage.training import train

with keeping_garbage():
    from linkage import compare
    from linkage.errors import LabelError, LinkageError, ModelError, SpecError
    from linkage.linking import LinkResult, dedupe, link
    from linkage.model import Model
    from linkage.spec import LinkSpec, block_on

LATE = {"Index": "linkage.increment", "train": "linkage.training"}
"""What not everybody needs who links, and where it is."""


def __getattr__(name: str) -> Any:
    if name in LATE:
        return getattr(import_module(LATE[name]), name)
    if not name.startswith("_") and find_spec(f"{__name__}.{name}"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Index",
    "LabelError",
    "LinkResult",
    "LinkSpec",
    "LinkageError",
    "Model",
    "ModelError",
    "SpecError",
    "block_on",
    "compare",
    "dedupe",
    "link",
    "train",
]
