"""The rules that a county's nights go by (docs/adr/0008): the version that was put in force at the desk for that night; before the first
one, `BULOU_HOME/rules.toml`. Either says what is otherwise than the defaults (`discrepancies.settings_file`).
"""

import hashlib
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.workspace import Workspace

if TYPE_CHECKING:
    from discrepancies import RuleSettings
    from register.rules import Version

FILE = "rules.toml"


def rule_settings(workspace: Workspace, night: date | None = None) -> "RuleSettings":
    """What holds for the night, or the newest that was set. Raises: discrepancies.settings_file.BadSetting, naming where and what is wrong."""
    from discrepancies.settings_file import BadSetting, with_changes

    version = version_of(workspace, night)
    if version is None:
        return rules_of(workspace.home, workspace.link_probability)
    try:
        return with_changes(default_rules(workspace.link_probability), version.rules)
    except BadSetting as fault:
        raise BadSetting(f"version {version.version_no} of the rules: {fault}") from None


def version_of(workspace: Workspace, night: date | None) -> "Version | None":
    """The version of the desk's that holds for the night."""
    from register.rules import RuleStore

    with workspace.database.read() as connection:
        return RuleStore(connection).for_night(night)


def default_rules(link_probability: float) -> "RuleSettings":
    """What holds where a county has set nothing."""
    from discrepancies import RuleSettings

    return RuleSettings(link_probability=link_probability)


def rules_of(home: Path, link_probability: float) -> "RuleSettings":
    """What the file says, for who runs no night."""
    from discrepancies.settings_file import BadSetting, with_changes

    try:
        return with_changes(default_rules(link_probability), file_rules(home))
    except BadSetting as fault:
        raise BadSetting(f"{FILE} in {home}: {fault}") from None


def file_rules(home: Path) -> dict[str, Any]:
    """The tables of the file, nothing where there is none. Raises: discrepancies.settings_file.BadSetting."""
    from discrepancies.settings_file import BadSetting

    try:
        return tomllib.loads(_text(home))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadSetting(f"{FILE} in {home}: {fault}") from None


def rules_version(workspace: Workspace, night: date | None = None) -> str:
    """Twelve hex digits of the county's own rules, empty when it has none; kept with every night."""
    version = version_of(workspace, night)
    if version is not None:
        return version.digest
    try:
        text = _text(workspace.home)
    except UnicodeDecodeError:
        return "unreadable"
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def _text(home: Path) -> str:
    file = home / FILE
    return file.read_text(encoding="utf-8") if file.exists() else ""
