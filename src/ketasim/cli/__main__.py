"""``python -m ketasim.cli``."""

import sys

from ketasim.cli import main

sys.exit(main())
