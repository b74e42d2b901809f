"""Records → links: a Fellegi–Sunter engine with many comparison levels, term frequencies, missing values and a co-resident class.

Usable alone: `LinkSpec`, `block_on` and `compare` say what is compared, `train` estimates a model without labels, `link` and `dedupe`
apply it. See README.md beside this file.
"""

import gc

_collects = gc.isenabled()
try:
    gc.disable()  # what is imported stays: to look through it for garbage takes a fifth of the time
    from linkage import compare
    from linkage.errors import LabelError, LinkageError, ModelError, SpecError
    from linkage.increment import Index
    from linkage.linking import LinkResult, dedupe, link
    from linkage.model import Model
    from linkage.spec import LinkSpec, block_on
    from linkage.training import train
finally:
    if _collects:
        gc.enable()

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
