"""`python -m scanner`: the same as the `snapready` command."""

import sys

from scanner.cli import main

sys.exit(main())
