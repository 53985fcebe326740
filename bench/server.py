"""Starting servers and reading what they use: CPU, memory, libraries. Linux only."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.client import Client
from lms.settings import ROOT


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[str]
    port: int

    @property
    def web(self) -> int:
        """The process that answers: gunicorn's one worker."""
        return children(self.process.pid)[0]

    def cpu(self) -> float:
        return cpu_seconds(self.web)


@contextmanager
def serving(command: Sequence[str], environ: Mapping[str, str], port: int, ready: str) -> Iterator[Server]:
    """A server while the block runs, from the line on that says it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, **environ}, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        for line in process.stdout:
            if ready in line:
                break
        else:
            raise RuntimeError(f"{' '.join(command)} did not start")
        # What it goes on saying is read, or it would stand still with a full pipe.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have computed, by the scheduler's own clock (`stat` counts in steps of 10 ms)."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def memory(pid: int) -> float:
    """Proportional set size in MB: what would be free if the process ended."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def maps_library(pid: int, name: str) -> bool:
    return name in Path(f"/proc/{pid}/maps").read_text()


def cpu_each(server: Server, client: Client, request: bytes, times: int) -> float:
    """CPU of the server in milliseconds for one request."""
    return cpu_each_of(server, lambda: client.ask(request), times)


def cpu_each_of(server: Server, deed: Callable[[], object], times: int) -> float:
    """The same for anything that makes the server work."""
    before = server.cpu()
    for _ in range(times):
        deed()
    return (server.cpu() - before) / times * 1000


@dataclass(frozen=True, slots=True)
class Load:
    """What several clients at once got."""

    per_second: float
    p99: float
    """Milliseconds."""
    cpu: float
    """Milliseconds each."""


def load_of(server: Server, took: Sequence[float], started: float, cpu_before: float) -> Load:
    times = sorted(took)
    return Load(
        per_second=len(times) / (time.perf_counter() - started),
        p99=times[int(len(times) * 0.99)] * 1000,
        cpu=(server.cpu() - cpu_before) / len(times) * 1000,
    )


def middle_load(loads: Sequence[Load]) -> Load:
    return Load(
        median(load.per_second for load in loads),
        median(load.p99 for load in loads),
        median(load.cpu for load in loads),
    )
