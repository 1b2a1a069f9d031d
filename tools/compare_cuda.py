"""Compare the kernels for GPUs with those of the CPU, then measure them (not run so far).

    pip install 'fastinit-sampler[cuda]' torch
    python tools/compare_cuda.py [--seconds 200] [--output bench/results/cuda.txt]

Needs an NVIDIA GPU, and PyTorch with CUDA for memory and clocks. Takes less than four minutes. All that it
prints also goes to the file, line by line, so that a run that is cut off leaves what it knew.

1. The golden file: every case, part and quantised table, by the kernels of the GPU.
2. 10^9 values at random positions, over all distributions and dtypes, compared with the CPU's bit by bit.
3. A fill that is captured in a CUDA graph and replayed.
4. Uniforms of PyTorch's stateless generator, where this PyTorch has it: the same words.
5. Functions of fastinit.torch, `accelerate`, modules and structured weights, beside those on the CPU.
6. Copies of blocks, as on a device without kernels.
7. Speeds of fills of 1 GiB, as fractions of `cudaMemset` and of PyTorch's own fills.

Exit status 1 if any bit differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import fastinit
import fastinit.torch as init
from fastinit._engine import engine
from fastinit._engine.cuda import compiler, driver, fills

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
GOLDEN = json.loads((ROOT / "tests/data/golden.json").read_text())
DTYPES = ("float32", "float64", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2")
POSITIONS = 10**9
PIECE = 2**22
GIB = 2**30
DEVICE = "cuda"
ROUNDS = 7

#: In-place functions, and arguments for each kernel.
FILLS: dict[str, tuple[str, tuple[float, ...]]] = {
    "uniform": ("uniform_", (-0.3, 0.4)),
    "normal": ("normal_", (0.1, 0.3)),
    "truncated": ("trunc_normal_", (0.1, 0.3, -0.5, 0.7)),
    "tail": ("trunc_normal_", (0.1, 0.3, 0.9, 8.0)),
    "window": ("trunc_normal_", (0.1, 0.01, 0.6, 1.0)),
}


class Report:
    """Lines for the screen and a file, and how many comparisons failed."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = path.open("w", encoding="utf-8")
        self.different = 0
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line with the seconds so far."""
        line = f"{time.monotonic() - self.started:6.1f} s  {text}"
        print(line, flush=True)
        self.file.write(line + "\n")
        self.file.flush()

    def check(self, same: bool, what: str) -> None:  # noqa: FBT001
        """Count and name a difference."""
        if not same:
            self.different += 1
            self.say(f"DIFFERENT: {what}")


def on_gpu(shape: Any, dtype: str) -> torch.Tensor:
    """Return memory of the GPU that is not initialised."""
    return torch.empty(shape, dtype=getattr(torch, dtype), device=DEVICE)


def bytes_of(tensor: torch.Tensor) -> bytes:
    """Return the bytes of a tensor in C order."""
    return tensor.contiguous().reshape(-1).view(torch.uint8).cpu().numpy().tobytes()


def digest(tensor: torch.Tensor) -> str:
    """Return the digest of the golden file."""
    return hashlib.sha256(bytes_of(tensor)).hexdigest()


def compare_golden(report: Report) -> None:
    """Make every entry of the golden file that has a kernel."""
    for case in GOLDEN["cases"]:
        made = on_gpu(case["shape"], case["dtype"])
        address = {"seed": case["seed"], "stream": case["stream"], "offset": case["offset"]}
        getattr(fastinit, f"{case['function']}_")(made, *case["parameters"], **address)
        named = {key: value for key, value in case.items() if key != "sha256"}
        report.check(digest(made) == case["sha256"], f"golden case {named}")
    for part in GOLDEN["parts"]:
        weight = fastinit.Weight.from_json(json.dumps(part["formula"]))
        count, dtype = len(weight), weight.dtype.name
        box = on_gpu((261, 2, 34), dtype)
        weight.fill(box, np.s_[count - 1301 :: 5, 1:, 70:3:-2])
        report.check(digest(box) == part["box"], f"golden box {part['formula']}")
        ids = [count - 1, 0, count - 7, 11, 0, count // 2 + 3]
        for given in (ids, torch.tensor(ids, device=DEVICE)):
            rows = on_gpu((6, 3, 77), dtype)
            weight.rows(given, out=rows)
            report.check(digest(rows) == part["rows"], f"golden rows {part['formula']}")
        memory = torch.zeros((6, 5, 77), dtype=box.dtype, device=DEVICE)
        weight.fill(memory[::2, 1:4], np.s_[5:8])
        report.check(digest(memory) == part["strided"], f"golden strides {part['formula']}")
    for case in GOLDEN["quantized"]:
        count, dim = case["shape"]
        made = on_gpu((count, fastinit.quantized_row_bytes(dim, case["bits"])), "uint8")
        law = fastinit.Normal(*case["normal"])
        options = {"bits": case["bits"], "seed": case["seed"], "stream": "golden"}
        fastinit.quantized_rows_(made, dim, law, **options)
        report.check(digest(made) == case["sha256"], f"golden quantised rows {case}")
    report.say(f"golden file: {report.different} differences")


def compare_positions(report: Report, seconds: float) -> None:
    """Compare pieces at random offsets, in turn for each distribution and dtype."""
    choose = np.random.default_rng(time.time_ns())
    kinds = [(name, dtype) for name in FILLS for dtype in DTYPES]
    before, done, piece = report.different, 0, 0
    end = time.monotonic() + seconds
    while done < POSITIONS and time.monotonic() < end:
        name, dtype = kinds[piece % len(kinds)]
        function, parameters = FILLS[name]
        # The tails cost the CPU most.
        count = PIECE >> (2 if name in {"tail", "window"} else 0)
        offset = int(choose.integers(0, 2**62)) >> int(choose.integers(0, 62))
        address = {"seed": int(choose.integers(0, 2**63)), "stream": piece, "offset": offset}
        made = on_gpu(count, dtype)
        getattr(fastinit, function)(made, *parameters, **address)
        expected = torch.empty(count, dtype=made.dtype)
        getattr(fastinit, function)(expected, *parameters, **address)
        report.check(
            bytes_of(made) == bytes_of(expected), f"{function}{parameters} {dtype} {address}"
        )
        done += count
        piece += 1
    report.say(f"{done:.3g} values at random positions: {report.different - before} differences")


def compare_graph(report: Report) -> None:
    """Capture fills in a CUDA graph, and replay it over other values."""
    weight = fastinit.Weight((10**6, 64), "xavier", seed=3, name="graph", padding_idx=5)
    ids = torch.tensor([5, 999_999, 0], device=DEVICE)
    table, rows = on_gpu((1000, 64), "float32"), on_gpu((3, 64), "float32")

    def fill() -> None:
        fastinit.normal_(table, 0, 0.02, seed=1, stream=2)
        weight.rows(ids, out=rows)

    fill()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        fill()
    table.zero_()
    rows.zero_()
    ids.copy_(torch.tensor([1, 5, 2], device=DEVICE))
    graph.replay()
    expected = fastinit.normal((1000, 64), 0, 0.02, seed=1, stream=2)
    same = bytes_of(table) == expected.tobytes()
    same = same and bytes_of(rows) == weight.rows([1, 5, 2]).tobytes()
    report.check(same, "fills in a CUDA graph")
    report.say("CUDA graph: replayed")


def compare_stateless(report: Report) -> None:
    """Compare uniforms on [0, 1) with those of PyTorch's stateless generator, if it is there."""
    try:
        from torch.func import _random  # noqa: PLC0415 - experimental
    except ImportError:
        report.say("PyTorch's stateless generator: not in this PyTorch")
        return
    for seed in (0, 12345, 2**63 + 12345):
        for dtype in ("float32", "float64"):
            key = _random.key(seed, device=torch.device(DEVICE))
            theirs = _random.uniform(key, (1_000_003,), dtype=getattr(torch, dtype))
            ours = fastinit.uniform(1_000_003, dtype=dtype, seed=seed, stream=0)
            report.check(bytes_of(theirs) == ours.tobytes(), f"PyTorch's uniforms {seed} {dtype}")
    report.say("PyTorch's stateless uniforms: compared")


def compare_pytorch(report: Report) -> None:
    """Compare what fastinit.torch makes on the GPU and on the CPU."""
    before = report.different
    for function in (
        init.uniform_,
        init.normal_,
        init.trunc_normal_,
        init.xavier_normal_,
        init.kaiming_uniform_,
    ):
        made = [torch.empty(2048, 256, device=device) for device in (DEVICE, "cpu")]
        for each in made:
            function(each, generator=torch.Generator().manual_seed(1))
        report.check(bytes_of(made[0]) == bytes_of(made[1]), f"fastinit.torch.{function.__name__}")

    def model(device: str) -> torch.nn.Module:
        with init.accelerate(seed=1) as counts:
            made = torch.nn.Sequential(
                torch.nn.Embedding(5000, 64, padding_idx=3, device=device),
                torch.nn.Linear(64, 64, device=device),
                torch.nn.BatchNorm1d(64, device=device),
            )
            torch.nn.init.trunc_normal_(made[1].weight)
        report.check(counts.tensors == 4, f"fills that accelerate made on {device}: {counts}")  # noqa: PLR2004
        return made

    def compare(models: list[torch.nn.Module], what: str) -> None:
        states = [each.state_dict() for each in models]
        for name in states[0]:
            same = bytes_of(states[0][name]) == bytes_of(states[1][name])
            report.check(same, f"{what}: {name}")

    models = [model(DEVICE), model("cpu")]
    compare(models, "accelerate")
    schemes = {"1.weight": "orthogonal", "2.weight": 1, "*.bias": 0, "*": "xavier"}
    for each in models:
        init.init_module(each, schemes=schemes, seed=2)
    compare(models, "init_module")
    report.say(f"fastinit.torch: {report.different - before} differences")


def compare_copies(report: Report) -> None:
    """Fill by copies from pinned blocks, and measure it."""
    kernels = engine._kernels_for  # noqa: SLF001
    engine._kernels_for = lambda _: None  # noqa: SLF001
    try:
        for shape, place in (((50_000_000,), ...), ((20_000, 2000), np.s_[::2, 3:1999])):
            made, expected = (torch.zeros(shape, device=device) for device in (DEVICE, "cpu"))
            for each in (made, expected):
                fastinit.normal_(each[place], seed=1)
            report.check(bytes_of(made) == bytes_of(expected), f"copies to {shape}[{place}]")
        out = torch.empty(GIB // 4, device=DEVICE)
        fastinit.uniform_(out, seed=1)
        started = time.perf_counter()
        fastinit.uniform_(out, seed=1)
        seconds = time.perf_counter() - started
        report.say(f"uniform float32 by copies: {GIB / seconds / 1e9:.1f} GB/s")
    finally:
        engine._kernels_for = kernels  # noqa: SLF001


def seconds_of(run: Callable[[], object]) -> float:
    """Return the time of the fastest of some runs, by the clock of the GPU."""
    run()
    best = math.inf
    for _ in range(ROUNDS):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        run()
        end.record()
        end.synchronize()
        best = min(best, begin.elapsed_time(end) / 1000)
    return best


def measure(report: Report) -> None:
    """Print speeds, as fractions of setting memory and of PyTorch's own fills."""
    memory = torch.empty(GIB, dtype=torch.uint8, device=DEVICE)
    fill = seconds_of(memory.zero_)
    report.say(f"memset: {GIB / fill / 1e9:.0f} GB/s")
    theirs: dict[str, Callable[[torch.Tensor], object]] = {
        "uniform": lambda out: out.uniform_(-0.3, 0.4),
        "normal": lambda out: out.normal_(0.1, 0.3),
        "truncated": lambda out: torch.nn.init.trunc_normal_(out, 0.1, 0.3, -0.5, 0.7),
    }
    for dtype in DTYPES:
        out = memory.view(getattr(torch, dtype))
        for name, (function, parameters) in FILLS.items():
            call = getattr(fastinit, function)
            torch.cuda.reset_peak_memory_stats()
            held = torch.cuda.memory_allocated()
            ours = seconds_of(lambda: call(out, *parameters, seed=1))  # noqa: B023
            extra = torch.cuda.max_memory_allocated() - held
            text = f"{name} {dtype}: {GIB / ours / 1e9:.0f} GB/s, {fill / ours:.2f} of memset"
            if name in theirs:
                try:
                    other = seconds_of(lambda: theirs[name](out))  # noqa: B023
                    text += f", {other / ours:.2f} x PyTorch"
                except (RuntimeError, NotImplementedError):
                    text += ", PyTorch has none"
            report.say(f"{text}, {extra} bytes of temporaries")
    table = memory.view(torch.float32).view(-1, 128)
    weight = fastinit.Weight((10**8, 128), "xavier", seed=1, name="table")
    ids = torch.randint(0, 10**8, (len(table),), device=DEVICE)
    rows = seconds_of(lambda: weight.rows(ids, out=table))
    report.say(f"listed rows of 128 float32: {fill / rows:.2f} of memset")


def main() -> int:
    """Compare and measure; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=120, help="for the random positions")
    parser.add_argument("--output", type=Path, default=ROOT / "bench/results/cuda.txt")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("no CUDA GPU here")
        return 2
    report = Report(options.output)
    report.say(
        f"{torch.cuda.get_device_name()}, driver of CUDA {driver.version()}, NVRTC "
        f"{compiler.version()}, torch {torch.__version__}, fastinit {fastinit.__version__}"
    )
    out = on_gpu(1, "float32")
    # Without kernels, PyTorch's tensors are filled by copies, which would be compared with themselves.
    fills.check_versions()
    fills.architecture_of(driver.device_of(out.data_ptr()))
    started = time.perf_counter()
    fastinit.normal_(out, seed=1)
    torch.cuda.synchronize()
    report.say(
        f"first fill, with its compilation unless it is on disk: {time.perf_counter() - started:.2f} s"
    )
    compare_golden(report)
    compare_graph(report)
    compare_stateless(report)
    compare_pytorch(report)
    compare_copies(report)
    compare_positions(report, options.seconds)
    measure(report)
    report.say("all equal" if report.different == 0 else f"{report.different} DIFFERENCES")
    return 1 if report.different else 0


if __name__ == "__main__":
    sys.exit(main())
