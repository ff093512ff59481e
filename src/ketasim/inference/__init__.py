"""Questions answered by many simulations: who carries the effect, and when."""

from ketasim.inference.attribution import BLOCKED, LEFT_AT_REST, Attribution, attribute

__all__ = ["BLOCKED", "LEFT_AT_REST", "Attribution", "attribute"]
