"""``python -m ketasim``."""

import sys

from ketasim.cli import main

sys.exit(main())
