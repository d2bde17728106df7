"""The command line: `neuronaut`, `neuronaut record OUT`, `neuronaut doctor`.

Everything heavy is imported when a command needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import interrupts
from .printing import warn


def run() -> NoReturn:
    """Be the program: as `main`, then leave."""
    status = main()
    interrupts.ignore()
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Returns:
        The exit status: 0 well, 1 failed, 130 stopped by Ctrl-C or SIGTERM.

    Raises:
        SystemExit: `--help` was asked for (0), or the usage is wrong (2).
    """
    with interrupts.taken():
        try:
            return _run(list(sys.argv[1:] if argv is None else argv))
        except KeyboardInterrupt as stopped:
            warn("; ".join(filter(None, ("stopped", str(stopped)))) + ".")
            return 130


def _run(given: list[str]) -> int:
    """Do what the arguments ask for; return the exit status."""
    # Not above: until all that is imported, Ctrl-C would be answered by a traceback.
    from . import environment  # noqa: PLC0415
    from .options import UsageError  # noqa: PLC0415
    from .parsers import build_parser  # noqa: PLC0415

    _write_any_text()
    parser = build_parser()
    args = parser.parse_args(given)
    args.given = given  # a command may have to start another process with them
    if args.command and given[0] != args.command:
        # argparse would let the command's defaults overrule what stands before it.
        parser.error(f"options come after the command: neuronaut {args.command} …")
    environment.prepare()
    try:
        status = args.run(args)
        sys.stdout.flush()
        return status
    except UsageError as error:
        parser.error(_sentence(error).rstrip("."))
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
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # whoever started us closed it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _explain(error: Exception) -> str:
    """Return one sentence for a person."""
    # JAX has an error of its own for want of memory, which only its message tells apart.
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return "the memory is not enough; try fewer neurons (--hidden) or a smaller --size."
    # By name, because the modules that define them need not have been imported.
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & _TOLD:
        return _sentence(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    missing = re.search(r"[^\s/:]+\.so[.\d]*", str(error))
    if isinstance(error, ImportError) and missing:
        return (
            f"the system's library {missing[0]} cannot be loaded; install the package that brings "
            "it (libx11-6 and libgl1 on Debian and Ubuntu for the window), or film without a "
            "window: neuronaut record film.mp4."
        )
    return f"unexpected {type(error).__name__}: {_sentence(error)} (--debug shows where)"


# Errors whose message was written for a person.
_TOLD = {"UserError", "DataError", "GraphicsError", "VideoError", "ModelError", "RunError"}


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    run()
