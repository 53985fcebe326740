"""Serving the app: gunicorn from code, one process with threads on SQLite, and the outbox worker beside it."""

import fcntl
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from lms.settings import Settings

THREADS = 8
HEARTBEATS = "/dev/shm"  # noqa: S108 - in memory, so that a slow disk is no reason to kill a process
SHARED_NUMBERS = "PROMETHEUS_MULTIPROC_DIR"
"""Where several processes of one server put their counts together; read by prometheus_client when it is imported."""


class CannotServe(Exception):
    """Why the server will not start, in one sentence."""


class Companion(Protocol):
    """A thread that runs beside the app, in the process that answers."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Platform:
    """What there is to serve."""

    settings: Settings
    make_app: Callable[[Settings], Flask]
    companions: Callable[[Flask], Sequence[Companion]]


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings; reads no command line and no file."""

    def __init__(self, platform: Platform, bind: str, processes: int, ready: str) -> None:
        self._platform, self._bind, self._processes, self._ready = platform, bind, processes, ready
        self._companions: Sequence[Companion] = ()
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": self._bind,
            "workers": self._processes,
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": True,
            "control_socket_disable": True,
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 15,
            "loglevel": "warning",
            "worker_tmp_dir": HEARTBEATS if os.access(HEARTBEATS, os.W_OK) else None,
            "forwarded_allow_ips": "",  # believed or not by LMS_TRUSTED_PROXIES alone
            "when_ready": self._say_ready,
            "post_worker_init": self._start_companions,
            "worker_exit": self._stop_companions,
            "child_exit": _forget_numbers,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._platform.make_app(self._platform.settings)

    def _say_ready(self, _server: Any) -> None:
        sys.stdout.write(f"{self._ready}\n")
        sys.stdout.flush()

    def _start_companions(self, process: Any) -> None:
        """After the fork: threads do not survive one.

        Ctrl-C reaches every process of the terminal and the master then says it again; gunicorn's hasty answer takes a
        lock that the interrupted code may hold. So the master alone hears it, and the process ends as on SIGTERM,
        only sooner.
        """

        def end_soon(number: int, frame: object) -> None:
            process.cfg.set("graceful_timeout", 1)
            process.handle_exit(number, frame)

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGQUIT, end_soon)
        if self._platform.settings.work_in_process:
            self._companions = self._platform.companions(process.wsgi)
        for companion in self._companions:
            companion.start()

    def _stop_companions(self, _server: Any, _process: Any) -> None:
        for companion in self._companions:
            companion.stop()


def _forget_numbers(_server: Any, process: Any) -> None:
    if SHARED_NUMBERS in os.environ:
        multiprocess.mark_process_dead(process.pid)  # type: ignore[no-untyped-call]


def serve(platform: Platform, *, host: str, processes: int, ready: str) -> None:
    """Serve until told to stop. `ready` is printed when the first request can be answered. Raises CannotServe."""
    settings = platform.settings
    on_sqlite = settings.database_url.startswith("sqlite")
    if on_sqlite and processes > 1:
        raise CannotServe("SQLite serves one process; use PostgreSQL (LMS_DATABASE_URL) for more.")
    if processes > 1 and SHARED_NUMBERS not in os.environ:
        _start_again_with_shared_numbers()
    with only_process(settings.data_dir) if on_sqlite else nullcontext():
        _try_port(host, settings.port)
        Server(platform, f"{host}:{settings.port}", processes, ready).run()


def _try_port(host: str, port: int) -> None:
    """Before gunicorn tries and tries again."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(
                f"{host}:{port} cannot be used ({error.strerror}); set LMS_PORT to another port."
            ) from None


def _start_again_with_shared_numbers() -> None:
    """The very same command, with a folder the processes count in; it must be known before anything is imported."""
    folder = tempfile.mkdtemp(prefix="masar-numbers-")
    command = [sys.executable, "-m", "lms", *sys.argv[1:]]
    os.execve(sys.executable, command, os.environ | {SHARED_NUMBERS: folder})  # noqa: S606 - what runs already


@contextmanager
def only_process(data_dir: Path) -> Iterator[None]:
    """Hold the place of the one process that serves or works an SQLite database; raises CannotServe when it is taken.

    Older SQLite can damage a database whose write-ahead log two processes reset at the same moment.
    """
    with (data_dir / "process.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotServe(
                f"Another process serves or works {data_dir} already; SQLite takes one at a time."
            ) from None
        yield
