"""Compiles the kernels (functions that numba translates to machine code). The cache of numba is stored in a
folder whose name contains a hash of all sources.

Numba compiles a kernel again only if the file of this kernel changes. Numba does not detect a change in the
file of another kernel that this kernel calls. Therefore a change of any source file leads to a new cache
folder.
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
    """Returns a hash of all source files and tables of this package and of the versions of numba and
    Python."""
    found = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for path in sorted(_HERE.iterdir()):
        if path.suffix in (".py", ".txt"):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def folder() -> Path:
    """Returns the first writable folder among the following: a folder next to the source, a folder in the
    user's cache, or a temporary folder of this process.
    """
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
    """Removes the folders of kernels that were compiled from other versions of the sources. Processes that
    have already loaded kernels from a removed folder continue to run.
    """
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
    """Compiles a kernel that creates no arrays. Reference counting of the arguments is turned off, because it
    would take nearly as long as the comparison of two words.
    """
    return cast(Kernel, _njit(cache=True, _nrt=False)(kernel))


def inlined(kernel: Kernel) -> Kernel:
    """Compiles a kernel as `compiled` does, and also inlines the kernel. This function is for kernels that
    are so short that calling them would take longer than executing them.
    """
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
