"""From LLVM IR to functions in memory, and a cache of object code on disk."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

FUNCTIONS = ("setup", "initial", "slopes", "step", "accept", "observe")


@dataclass(frozen=True)
class MachineCode:
    """Addresses of a model's functions; alive as long as this object is."""

    addresses: dict[str, int]
    keeper: Any


def _target_machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=features.flatten() if features else "",
        opt=1,
        reloc="pic",
        codemodel="jitdefault",
    )


def fingerprint() -> str:
    """Return what object code depends on besides its source: LLVM, processor, platform."""
    features = llvm.get_host_cpu_features()
    parts = [llvmlite.__version__, llvm.get_host_cpu_name(), sys.platform]
    return "|".join([*parts, features.flatten() if features else ""])


@lru_cache(maxsize=1)
def generator() -> str:
    """Return a digest of the engine's own source: changed code never meets old object code."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def object_code(ir: str) -> bytes:
    """Compile LLVM IR to relocatable object code for this processor."""
    machine = _target_machine()
    module = llvm.parse_assembly(ir)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    return machine.emit_object(module)


def load(code: bytes) -> MachineCode:
    """Link object code into this process."""
    machine = _target_machine()
    module = llvm.parse_assembly("")
    module.triple = machine.triple
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return MachineCode({name: engine.get_function_address(name) for name in FUNCTIONS}, engine)


def cache_folder() -> Path:
    """Return the folder of compiled models (``KETASIM_CACHE``, else the user's cache)."""
    given = os.environ.get("KETASIM_CACHE")
    if given:
        return Path(given)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "ketasim"


def cache_key(*parts: str) -> str:
    """Return the name under which object code for these parts is kept."""
    digest = hashlib.sha256("\0".join([*parts, fingerprint(), generator()]).encode())
    return digest.hexdigest()[:40]


def read_cache(name: str) -> bytes | None:
    """Return a cached file's bytes, or ``None`` when it is not there or not readable."""
    try:
        return (cache_folder() / name).read_bytes()
    except OSError:
        return None


def write_cache(name: str, data: bytes) -> None:
    """Keep bytes under a name, whole or not at all; an unwritable cache is no error."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as temporary:
            temporary.write(data)
        os.replace(temporary.name, folder / name)
    except OSError:
        return
