"""The platform as a real process: started, killed, started again, on its own port with its own data."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

START_SECONDS = 30
SECRET = "a secret that lives longer than one process of the server"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Served:
    """One server; `command` is what starts it, `environ` what it is told besides."""

    data_dir: Path
    command: Sequence[str] = (sys.executable, "-m", "lms", "serve")
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def start(self) -> float:
        """Start it and wait until it is ready; how long that took."""
        began = time.perf_counter()
        settings = {"LMS_DATA_DIR": str(self.data_dir), "LMS_PORT": str(self.port), "LMS_SECRET_KEY": SECRET}
        with (self.data_dir / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                self.command,
                env=os.environ | settings | self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        while not self.answers("/health/ready"):
            if self.process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise AssertionError(f"the server did not start: {self.log()}")
            time.sleep(0.02)
        return time.perf_counter() - began

    def answers(self, path: str) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """As a power cut would: all of its processes at once, without a word."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        assert self.process is not None
        os.killpg(self.process.pid, by)
        return self.process.wait(timeout=20)

    def log(self) -> str:
        return (self.data_dir / "server.log").read_text()


@contextmanager
def served(data_dir: Path, **values: object) -> Iterator[Served]:
    """A server that is gone when the block ends, whatever happened in it."""
    server = Served(data_dir, **values)  # type: ignore[arg-type]
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()
