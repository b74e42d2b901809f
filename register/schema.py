"""All tables together: the modules that hold the models are imported here, so that none is forgotten."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from register import (
    account_models,
    change_models,
    decision_models,
    desk_models,
    discrepancy_models,
    hand_in_models,
    models,
    quality_models,
    retention_models,
    rule_models,
    statement_models,
    tally_models,
    worklist_models,
)

MODULES: Final = (
    models,
    change_models,
    account_models,
    retention_models,
    decision_models,
    desk_models,
    discrepancy_models,
    statement_models,
    tally_models,
    worklist_models,
    rule_models,
    quality_models,
    hand_in_models,
)
METADATA: Final[sa.MetaData] = models.Base.metadata
