"""One child process: its own session, its log, and an end when its parent ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from crm_site.run.places import ROOT
from crm_site.run.say import Problem

IS_LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None)  # loaded before any fork: between fork and exec nothing may be imported
NOBODY = 65534
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass
class Command:
    """How to start one process."""

    name: str
    argv: list[str]
    env: dict[str, str]
    log: Path
    stop_signal: int = signal.SIGTERM
    niceness: int = 0
    user: str = "self"  # self, namespace or nobody: see choose_user
    descriptors: tuple[int, ...] = ()
    restarts: bool = True


def start(command: Command) -> subprocess.Popen:
    """Start it in a session of its own, so that Ctrl-C reaches only us, and stop it when we are killed."""
    parent = os.getpid()

    def prepare() -> None:
        if command.niceness:
            step_back(command.niceness)
        become(command.user)
        die_with(parent, command.stop_signal)

    try:
        with open(command.log, "ab") as sink:
            return subprocess.Popen(
                command.argv,
                env=command.env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=command.descriptors,
                preexec_fn=prepare,  # safe: the launcher has one thread
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise Problem(
            f"{command.name} can't be started: {error}.",
            f"Its command: {command.argv[0]}",
        ) from None


def step_back(niceness: int) -> None:
    """Let others go first.

    Linux may share its time among sessions before it does among processes; then only a session's own niceness counts.
    """
    os.nice(niceness)
    if IS_LINUX and os.getsid(0) == os.getpid():  # a session of ours alone, not somebody's terminal
        with contextlib.suppress(OSError):  # this kernel has no such groups, or lets nobody choose
            Path("/proc/self/autogroup").write_text(str(niceness // 3))  # half of others' time, not a tenth, when all want it


def die_with(parent: int, number: int) -> None:
    """Ask the kernel to send this process a signal when its parent dies (Linux)."""
    if not IS_LINUX:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent dies, so that none is lost from sight (Linux)."""
    if IS_LINUX:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def become(user: str) -> None:
    """Stop being root, which PostgreSQL refuses to run as.

    namespace: root is nobody inside a user namespace; nothing changes on disk. nobody: really another user.
    """
    if user == "namespace":
        os.unshare(os.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} 0 1")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} 0 1")
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    elif user == "nobody":
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def choose_user() -> str:
    """Return how a server that refuses root is to run here."""
    if os.geteuid() != 0:
        return "self"
    return "namespace" if succeeds_as("namespace", lambda: True) else "nobody"


def succeeds_as(user: str, check) -> bool:
    """Run a check in a child that has become that user; False when it fails or can't become it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 2)
            become(user)
            status = 0 if check() else 1
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


@dataclass
class Child:
    """A started command and what became of it."""

    command: Command
    process: subprocess.Popen
    restarts: int = 0
    started: float = field(default=0.0)

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def signal_group(self, number: int) -> None:
        """Signal the process and what it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def ask_to_stop(self) -> None:
        if self.is_alive():
            self.process.send_signal(self.command.stop_signal)

    def how_it_ended(self) -> str:
        code = self.process.returncode
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"


def stop_all(children: list[Child], *, within: float) -> None:
    """Ask all of them to stop and wait; what is left after that many seconds is killed."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + within
    for child in children:
        try:
            child.process.wait(timeout=max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.signal_group(signal.SIGKILL)
            child.process.wait()
        child.signal_group(signal.SIGKILL)  # what it left behind
