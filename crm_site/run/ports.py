"""The address the web processes listen on. The supervisor keeps the socket open while they are started again."""

import errno
import socket

from crm_site.run.say import Problem

TRIES = 50


def listen(host: str, port: int) -> tuple[socket.socket, int]:
    """Return a listening socket on that port, or on the next one that is free, and its port. Port 0: any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, min(port + TRIES, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), candidate))
            listener.listen(2048)
        except OSError as error:
            listener.close()
            if error.errno == errno.EADDRINUSE:
                continue
            raise Problem(
                f"Nothing can listen on {host} port {candidate}: {error.strerror}.",
                "Choose another: ./crm run --bind 127.0.0.1 --port 8000",
            ) from None
        return listener, listener.getsockname()[1]
    raise Problem(
        f"The ports {port} to {port + TRIES - 1} on {host} are all taken.",
        "Name another: --port N",
    )


def is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True
