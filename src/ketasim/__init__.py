"""ketasim: from a dose of ketamine to mood, every rival mechanism in one runnable model."""

from ketasim.errors import UserError

__version__ = "0.1.0"
__all__ = ["UserError", "__version__"]
