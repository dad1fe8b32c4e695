"""Compiles the kernels, and stores numba's cache in a folder named after the state of all sources.

Numba checks only the file of a kernel, not those of the kernels that it calls: by its own rules, it would not
detect a change of a called kernel. Therefore a change of any source gives another folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_HERE = Path(__file__).parent
_PREFIX = "kernels-"
# Numba's type annotations are incomplete.
_config: Any = numba.config
_njit: Any = numba.njit
_llvm: Any = cgutils


def fingerprint() -> str:
    """A hash that changes with any source or table of the names engine, with numba and with Python."""
    found = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for path in sorted(_HERE.iterdir()):
        if path.suffix in (".py", ".txt"):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def folder() -> Path:
    """The first writable folder: beside the source, in the user's cache, or a temporary folder of this
    process."""
    users = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for parent in (_HERE / "__pycache__", Path(users) / "vedette"):
        found = parent / (_PREFIX + FINGERPRINT)
        try:
            found.mkdir(mode=0o755, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=found):
                return found
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="vedette-kernels-"))


def forget_old() -> None:
    """Removes kernels compiled from other sources; a process that has loaded them is not affected."""
    used = Path(_config.CACHE_DIR)
    if used.name != _PREFIX + FINGERPRINT:
        return
    for old in used.parent.glob(_PREFIX + "*"):
        if old != used:
            shutil.rmtree(old, ignore_errors=True)


FINGERPRINT = fingerprint()
if not os.environ.get("NUMBA_CACHE_DIR"):
    _config.CACHE_DIR = str(folder())


def compiled(kernel: Kernel) -> Kernel:
    """Compiles a kernel that creates no arrays, without reference counting of its arguments. Numba would
    count all of them at every call, which costs nearly as much as comparing two words."""
    return cast(Kernel, _njit(cache=True, _nrt=False)(kernel))


def inlined(kernel: Kernel) -> Kernel:
    """Does the same as `compiled` for a kernel that is so short that a call costs more than its work, and
    inlines it."""
    return cast(Kernel, _njit(cache=True, _nrt=False, forceinline=True)(kernel))


def making(kernel: Kernel) -> Kernel:
    """Compiles a kernel that creates arrays."""
    return cast(Kernel, _njit(cache=True)(kernel))


def _prefetch(typing: Any, array: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.bitcast(builder.gep(held.data, [arguments[1]]), _llvm.voidptr_t)
        number = _llvm.int32_t
        kind = _llvm.ir.FunctionType(_llvm.ir.VoidType(), [_llvm.voidptr_t, number, number, number])
        asked = _llvm.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        # Arguments: for reading, high locality, data cache.
        builder.call(asked, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


#: Prefetches an element of a flat array that will be read soon: `prefetch(array, place)`. Tables larger than
#: the cache are read in two passes: first all elements are prefetched, then they are read.
prefetch: Any = intrinsic(_prefetch)
