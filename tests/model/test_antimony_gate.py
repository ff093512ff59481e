"""The one way to the Antimony library: from any thread, one at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ketasim.model.antimony_gate import Refused, sbml_of


def test_many_threads_get_their_own_models():
    texts = [f"model m{k}\n  x{k} = {k}\nend\n" for k in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: sbml_of(text, "here"), texts))
    assert all(f'id="x{k}"' in sbml for k, sbml in enumerate(found))


def test_what_the_library_refuses_is_told_and_the_next_text_goes_through():
    with pytest.raises(Refused, match="line"):
        sbml_of("model m\n  x = = 2\nend\n", "here")
    assert 'id="m"' in sbml_of("model m\n  x = 2\nend\n", "here")
