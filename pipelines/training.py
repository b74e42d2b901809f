"""`bulou train`: a new version of the linkage model from the register as it is now; the next night links everything anew with it."""

from pipelines.errors import OperatorError
from pipelines.settings import Settings


def train_now(settings: Settings) -> str:
    """Train on the newest register, freeze, and return the version.

    Raises: OperatorError when no night has taken a register yet.
    """
    from assets.current import current_mentions
    from assets.models import estimate, freeze
    from pipelines.resources import one_at_a_time, open_workspace
    from register.discrepancies import DiscrepancyStore
    from register.snapshot import snapshot

    with open_workspace(settings) as workspace, one_at_a_time(workspace.database.engine, lambda _: None):
        with workspace.database.read() as connection:
            newest = DiscrepancyStore(connection).last_applied()
        if newest is None:
            raise OperatorError("no night has run yet; start with bulou nightly")
        register = snapshot(workspace.database, newest)
        if register.empty:
            raise OperatorError("no register was taken in yet; deliver one to the feed register")
        return freeze(workspace, estimate(workspace, current_mentions(workspace, newest), register))
