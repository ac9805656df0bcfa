"""The command line: parses, wires, returns the exit code. Nothing imports this module."""

import sys
from collections.abc import Sequence

from scanner import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 0, 1, 2 or 3 as the documentation says, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:  # answered before anything else is loaded
        print(f"snapready {__version__}")
        return 0
    import os

    from scanner.arguments import parser
    from scanner.model import SnapreadyError

    try:
        args = parser().parse_args(given)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except SnapreadyError as error:
        print(f"snapready: error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
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


if __name__ == "__main__":
    sys.exit(main())
