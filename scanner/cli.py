"""The command line: parses, wires, returns the exit code. Nothing imports this module."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from scanner import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 0, 1, 2 or 3 as the documentation says, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:  # answered before anything else is loaded
        print(f"snapready {__version__}")
        return 0
    import os

    from scanner.arguments import parsed
    from scanner.model import SnapreadyError

    _settle_output()
    try:
        args = parsed(given)
        with _heeding_signals():
            code: int = args.run(args)
        sys.stdout.flush()
        return code
    except SnapreadyError as error:
        print(f"snapready: error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        _drop_output()
        return 2
    except OSError as error:  # files are spoken of where they are used; what is left is our own output
        print(f"snapready: error: standard output cannot be written: {error.strerror}", file=sys.stderr)
        _drop_output()
        return 2
    except _Terminated:
        print("snapready: terminated", file=sys.stderr)
        return 143
    except KeyboardInterrupt:
        print("snapready: interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # a fault of ours must not look like a finding, nor like a pass
        if os.environ.get("SNAPREADY_DEBUG"):
            raise
        kind = type(error).__name__
        print(
            f"snapready: internal error: {kind}: {error}\n  help: SNAPREADY_DEBUG=1 shows where; please report it",
            file=sys.stderr,
        )
        return 2


class _Terminated(KeyboardInterrupt):
    """SIGTERM, as a pipeline sends it that is cancelled."""


@contextmanager
def _heeding_signals() -> Iterator[None]:
    """Ends on SIGTERM as on Ctrl-C: what is half done is put away, and where it is kept is said.

    Where a signal strikes inside a lock of Python's library, another error comes out of there; the signal is its cause.
    """
    import signal

    struck: list[KeyboardInterrupt] = []

    def strike(number: int, _: object) -> None:
        struck.append(_Terminated() if number == signal.SIGTERM else KeyboardInterrupt())
        raise struck[-1]

    before = {}
    with suppress(ValueError):  # not in the main thread, where no signals come
        for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
            if signal.getsignal(number) == usual:  # one that is ignored, as in the background, stays so
                before[number] = signal.signal(number, strike)
    try:
        yield
    except BaseException:
        if struck:
            raise struck[0] from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _settle_output() -> None:
    """A console that lacks a character gets a question mark; without a standard output nothing is written to it."""
    import io
    import os

    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for as long as we run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _drop_output() -> None:
    """What is still buffered must not be tried again when Python ends."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
