"""Starts the trials of rules that stewards ask for at the desk, each in a process of its own (`pipelines.trial_job`)."""

import subprocess
import sys
import threading
from dataclasses import dataclass

from pipelines.settings import Settings

# The job needs the store and the frames, and nothing by which somebody signs in.
NOT_HANDED_ON = {"oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_claim", "app_database_url"}


@dataclass(frozen=True)
class TrialJobs:
    """The settings go through a pipe: an address of a database may hold a password, which nobody should read in a list of processes."""

    settings: Settings

    def start(self, trial_id: int) -> None:
        job = subprocess.Popen(
            [sys.executable, "-m", "pipelines.trial_job", str(trial_id)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        told = self.settings.model_dump_json(exclude=NOT_HANDED_ON).encode()
        # Waits in the background, so that what has ended is no zombie; a desk that ends does not wait for it.
        threading.Thread(target=job.communicate, args=(told,), daemon=True).start()
