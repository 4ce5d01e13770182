"""Gunicorn's settings: two event-loop workers behind one socket, which stop within five seconds."""

import os
import signal
import sys

from crm_site.run import spawn

worker_class = "asgi"
preload_app = True  # loaded once, then forked: the first page comes sooner, and memory is shared
graceful_timeout = 5  # open event streams hold a stopping worker this long
timeout = 60
keepalive = 130  # longer than a proxy keeps an idle connection (Caddy: 120 s), so that it never sends into one we just closed
backlog = 2048
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
TURN = 0.0005  # s a thread may go on while another waits: who comes back from the database does so a dozen times a page
control_socket_disable = True
forwarded_allow_ips = os.environ.get("CRM_PROXIES", "127.0.0.1,::1")


def post_fork(server, worker) -> None:
    """End a worker with its master, however the master ends."""
    spawn.die_with(server.pid, signal.SIGTERM)
    sys.setswitchinterval(TURN)
    end_streams_with(worker)


def end_streams_with(worker) -> None:
    """Let open event streams end as soon as their worker is told to stop."""
    from crm_site.events import stream

    stream.is_stopping = lambda: not worker.alive
