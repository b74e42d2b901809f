"""What an operator may set, read once from the environment (`BULOU_…`) when a process starts.

Everything else takes what it needs as an argument. Thresholds of the rules themselves live with the rules
(`discrepancies.RuleSettings`); these here are the few that a deployment really turns.
"""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`BULOU_HOME`, `BULOU_DATABASE_URL`, `BULOU_LANDING`, `BULOU_STABILITY_SECONDS`, `BULOU_LINK_PROBABILITY` …"""

    model_config = SettingsConfigDict(env_prefix="BULOU_", extra="ignore")

    home: Path = Field(default=Path(".bulou"), description="all state: database, frames, models, Dagster")
    database_url: str | None = Field(
        default=None, description="an external PostgreSQL instead of the embedded one"
    )
    app_database_url: str | None = Field(
        default=None, description="the same external PostgreSQL by the web app's own login"
    )
    oidc_issuer: str | None = Field(
        default=None, description="the county's own provider of accounts (OpenID Connect), as it calls itself"
    )
    oidc_client_id: str = Field(default="", description="as which the provider knows the desk")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="none for a client without one: PKCE is used in any case"
    )
    oidc_claim: str = Field(
        default="preferred_username", description="what of the ID token names the account"
    )
    desk_url: str = Field(
        default="http://127.0.0.1:8080",
        description="the desk's address as browsers have it, by which the provider sends them back",
    )
    desk_processes: int | None = Field(
        default=None,
        ge=1,
        le=16,
        description="processes that answer the desk; by default one per core, at most four",
    )
    landing: Path | None = Field(
        default=None, description="the landing folder; by default BULOU_HOME/landing"
    )
    backups: Path | None = Field(
        default=None,
        description="a folder for backups: one a day while bulou up runs, removed by the rule `backup`",
    )
    retention_nightly: bool = Field(
        default=False, description="whether bulou up runs the retention rules every night"
    )
    quality_pairs: int = Field(
        default=150, ge=0, le=5_000, description="pairs of the monthly quality sample; 0: none is drawn"
    )
    frames: str | None = Field(default=None, description="any fsspec address; by default BULOU_HOME/frames")
    stability_seconds: float = Field(
        default=10.0, ge=0, description="how long a file's size must have been stable"
    )
    link_probability: float = Field(default=0.95, gt=0, le=1, description="at and above: the same person")
    possible_probability: float = Field(
        default=0.5, ge=0, le=1, description="between the two: a possible link"
    )

    def at_home(self, home: Path) -> "Settings":
        """The same settings over another home (the demo has its own, and its files are written before they are looked at)."""
        own = {
            "home": home,
            "landing": None,
            "frames": None,
            "backups": None,
            "retention_nightly": False,
            "database_url": None,
            "app_database_url": None,
            "stability_seconds": 0.0,
        }
        return self.model_copy(update=own)

    @property
    def root(self) -> Path:
        return self.home.expanduser().resolve()

    @property
    def landing_folder(self) -> Path:
        return (self.landing or self.root / "landing").expanduser().resolve()

    @property
    def backups_folder(self) -> Path | None:
        return None if self.backups is None else self.backups.expanduser().resolve()

    @property
    def frames_root(self) -> str:
        return self.frames or str(self.root / "frames")

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"
