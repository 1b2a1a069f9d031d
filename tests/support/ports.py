"""The headers of lane operations, how to compile each of them, and how to run what comes out."""

from __future__ import annotations

import platform
import shutil
import sysconfig

from fastinit._kernels.processor import supports

AVX2 = ("-mavx2", "-mfma", "-mf16c")
AVX512 = ("-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", *AVX2)
#: The ports of this machine that its compiler accepts, and the flags of each.
PORTS = {
    "x86_64": {"portable": (), "sse2": (), "avx2": AVX2, "avx512": AVX512},
    "aarch64": {"portable": (), "neon": ()},
}.get(platform.machine(), {"portable": ()})

COMPILER = shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) or shutil.which("cc")
CROSS_COMPILER, EMULATOR = shutil.which("aarch64-linux-gnu-gcc"), shutil.which("qemu-aarch64")

#: What can be run here: the compiler and its flags, and what runs the program.
RUNNABLE = {
    port: ([COMPILER, *flags], [])
    for port, flags in PORTS.items()
    if COMPILER and (port in ("portable", "sse2") or supports(port))
}
if "neon" not in RUNNABLE and CROSS_COMPILER and EMULATOR:
    RUNNABLE["neon"] = ([CROSS_COMPILER, "-static"], [EMULATOR])
