"""Several processes that train one network together, by JAX's own runtime (`jax.distributed`).

Where one of them is gone, JAX ends the others on the spot, with a stack trace. So each trains in a
process of its own, and the one that the person started puts into words how that ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ..options import UserError

_LOST = 75  # exit status of a worker that misses another, as EX_TEMPFAIL of sysexits.h
_JOIN_SECS = 120
_WORKER = "NEURONAUT_WORKER"  # set in a worker's environment


@dataclass(frozen=True)
class Cluster:
    """The processes that train together.

    Attributes:
        coordinator: HOST:PORT where process 0 listens.
        processes: how many there are.
        process: the number of this one.
    """

    coordinator: str
    processes: int
    process: int


def is_worker() -> bool:
    """Return whether this process was started by `guarded`."""
    return _WORKER in os.environ


def guarded(arguments: Sequence[str], cluster: Cluster) -> int:
    """Run the program with these arguments in a worker, and return its exit status.

    Args:
        cluster: that the arguments name.
    Raises:
        UserError: the worker came to an end because another was gone, or was killed.
    """
    command = [sys.executable, "-P", "-m", __name__, *arguments]
    # Standard input tells the worker, by its end, when this process is gone.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, env=os.environ | {_WORKER: "1"}
    ) as worker:
        try:
            status = worker.wait()
        except KeyboardInterrupt:
            worker.terminate()  # it ends the training between two calls, and says so itself
            status = worker.wait()
    if status < 0 or status == _LOST:
        raise UserError(
            f"one of the {cluster.processes} processes is gone, or could not be reached at "
            f"{cluster.coordinator}; the run stays as it is, and the same commands go on from its "
            "last checkpoint."
        )
    return status


@contextmanager
def joined(cluster: Cluster) -> Iterator[None]:
    """Be one of several processes; to be entered before anything of JAX is used.

    Raises:
        UserError: they did not come together.
    """
    import jax  # noqa: PLC0415  # not for the one that only waits

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(
            cluster.coordinator,
            cluster.processes,
            cluster.process,
            cluster_detection_method="deactivate",
            initialization_timeout=_JOIN_SECS,
        )
    except Exception as error:  # of gRPC, of many kinds
        raise UserError(
            f"the {cluster.processes} processes did not come together at {cluster.coordinator} "
            f"within {_JOIN_SECS} seconds: {' '.join(str(error).split())[:200]}."
        ) from error
    try:
        yield
    except (ValueError, jax.errors.JaxRuntimeError) as error:
        if type(error) is not ValueError and not isinstance(error, jax.errors.JaxRuntimeError):
            raise  # a subclass, which says something else
        if "RESOURCE_EXHAUSTED" in str(error):
            raise
        os._exit(_LOST)  # what JAX does at an ordinary exit waits for those that are gone
    jax.distributed.shutdown()  # waits for the others


def work(arguments: list[str]) -> None:
    """Run the program as a worker, and leave."""
    from ..cli import main  # noqa: PLC0415  # it imports this module's users

    threading.Thread(target=_leave_with_parent, name="parent watch", daemon=True).start()
    if "--debug" not in arguments:
        _silence_libraries()
    try:
        status = main(arguments)
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()  # nothing ever comes but the end
    os._exit(_LOST)


def _silence_libraries() -> None:
    """Keep standard output and error to Python: gRPC, Gloo and XLA write there what nobody asked.

    The streams go on to where they went; the numbers 1 and 2, which libraries write to, lead
    nowhere.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number, name in ((1, "stdout"), (2, "stderr")):
        getattr(sys, name).flush()
        setattr(sys, name, os.fdopen(os.dup(number), "w", buffering=1))
        os.dup2(nowhere, number)
    os.close(nowhere)


if __name__ == "__main__":
    work(sys.argv[1:])
