"""``python -m ketasim``."""

import sys

from ketasim.cli import main

if __name__ == "__main__":
    sys.exit(main())
