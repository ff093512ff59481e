"""A layer's names are all there, and those few need much are loaded when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

LATE = {
    "ketasim.inference": "ketasim.evidence ketasim.study pydantic scipy",
    "ketasim.study": "ketasim.study.nonmem ketasim.study.omex ketasim.study.result_files libsbml",
}


@pytest.mark.parametrize("layer", LATE)
def test_what_only_a_door_needs_is_not_loaded_with_the_layer(layer):
    code = f"import sys, {layer}; print([m for m in {LATE[layer].split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("layer", LATE)
def test_every_public_name_is_found_and_no_other(layer):
    module = import_module(layer)
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match=f"'{layer}' has no attribute 'write_petabs'"):
        module.write_petabs  # noqa: B018
