"""The rules that a county's nights go by: `BULOU_HOME/rules.toml` over the defaults (`discrepancies.settings_file`)."""

import hashlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from assets.workspace import Workspace

if TYPE_CHECKING:
    from discrepancies import RuleSettings

FILE = "rules.toml"


def rule_settings(workspace: Workspace) -> "RuleSettings":
    """What the county has set. Raises: discrepancies.settings_file.BadSetting, naming the file and what is wrong in it."""
    return rules_of(workspace.home, workspace.link_probability)


def rules_of(home: Path, link_probability: float) -> "RuleSettings":
    """The same without a workspace, for who runs no night."""
    from discrepancies import RuleSettings
    from discrepancies.settings_file import BadSetting, with_changes

    defaults = RuleSettings(link_probability=link_probability)
    try:
        return with_changes(defaults, tomllib.loads(_text(home)))
    except (BadSetting, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadSetting(f"{FILE} in {home}: {fault}") from None


def rules_version(workspace: Workspace) -> str:
    """Twelve hex digits of the county's own rules, empty when it has none; kept with every night."""
    try:
        text = _text(workspace.home)
    except UnicodeDecodeError:
        return "unreadable"
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def _text(home: Path) -> str:
    file = home / FILE
    return file.read_text(encoding="utf-8") if file.exists() else ""
