"""The command line: `neuronaut`, `neuronaut record OUT`, `neuronaut doctor`.

Everything heavy is imported when a command needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .commands import warn
from .options import UsageError, UserError
from .parsers import build_parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Returns:
        The exit status: 0 well, 1 failed, 130 stopped by Ctrl-C or SIGTERM.

    Raises:
        SystemExit: `--help` was asked for (0), or the usage is wrong (2).
    """
    _write_any_text()
    parser = build_parser()
    given = list(sys.argv[1:] if argv is None else argv)
    args = parser.parse_args(given)
    args.given = given  # a command may have to start another process with them
    if args.command and given[0] != args.command:
        # argparse would let the command's defaults overrule what stands before it.
        parser.error(f"options come after the command: neuronaut {args.command} …")
    from . import environment  # noqa: PLC0415  # after `--help` has answered

    environment.prepare()
    try:
        with _stopped_by_sigterm():
            status = args.run(args)
            sys.stdout.flush()
            return status
    except UsageError as error:
        parser.error(_sentence(error).rstrip("."))
    except KeyboardInterrupt as stopped:
        warn("; ".join(filter(None, ("stopped", str(stopped)))) + ".")
        return 130
    except BrokenPipeError:  # whoever read our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if args.debug:
            raise
        warn(_explain(error))
        return 1
    finally:
        environment.settle()


def _write_any_text() -> None:
    """Let file names and signs that the terminal's encoding lacks be escaped, not fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Take SIGTERM as Ctrl-C meanwhile, so that a film is finished."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _explain(error: Exception) -> str:
    """Return one sentence for a person."""
    # JAX has an error of its own for want of memory, which only its message tells apart.
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return "the memory is not enough; try fewer neurons (--hidden) or a smaller --size."
    # By name, because the modules that define them need not have been imported.
    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, UserError) or names & _TOLD:
        return _sentence(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return f"unexpected {type(error).__name__}: {_sentence(error)} (--debug shows where)"


# Errors whose message was written for a person.
_TOLD = {"DataError", "GraphicsError", "VideoError", "ModelError", "RunError"}


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
