"""Where what bulou serves can be reached: on this machine only."""

import socket

from pipelines.errors import OperatorError

HOST = "127.0.0.1"


def refuse_taken(port: int) -> None:
    """Raises: OperatorError when somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise OperatorError(f"port {port} is taken; choose another with --port") from None
