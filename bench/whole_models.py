"""Measure time and peak memory to a ready model: the library's own ways beside those of fastinit.

    python bench/whole_models.py [PART ...] [--repeats 3]

The parts are "PyTorch", "Flax", and "Keras on" a backend. Each measurement is a process of its own,
bound to one or two CPUs, because peak memory is a fact of a process. A parent imports what a model
needs and forks the processes. The clock starts after that and stops when the model is ready;
nothing was called before. The memory is the growth of the resident set from there to its peak,
without pages of files, such as the code of libraries. The ways to a model take turns.

Writes bench/results/models.json, from which tools/pages/make_models.py makes tables.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from models import Ways

RESULTS = Path(__file__).resolve().parent / "results" / "models.json"

#: The module of the models of each part, and the backend of Keras.
PARTS = {
    "PyTorch": ("pytorch_models", ""),
    "Flax": ("flax_models", ""),
    "Keras on PyTorch": ("keras_models", "torch"),
    "Keras on JAX": ("keras_models", "jax"),
}
CPUS = (1, 2)

#: Packages whose versions are noted where a model imports them.
PACKAGES = ("torch", "transformers", "timm", "torchrec", "jax", "flax", "keras")


def models_of(part: str) -> Any:
    """Return the module that has the models of a part."""
    return importlib.import_module(f"models.{PARTS[part][0]}")


def memory(*names: str) -> list[int]:
    """Return bytes of this process: VmHWM is the largest VmRSS since `forget_peak`."""
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    found = {words[0][:-1]: words[1] for words in lines if len(words) > 1}
    return [int(found[name]) << 10 for name in names]


def forget_peak() -> None:
    """Start VmHWM again from VmRSS."""
    Path("/proc/self/clear_refs").write_text("5")


def measure(module: Any, build: Callable[[], Any], cpus: int) -> dict[str, float]:
    """Return the figures of one way to one model, in this process."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cpus])
    module.start(cpus)
    forget_peak()
    resident, of_files = memory("VmRSS", "RssFile")
    start, cpu = time.perf_counter(), time.process_time()
    ready = build()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak, of_files_now = memory("VmHWM", "RssFile")
    elements, nbytes = module.size(ready)
    return {
        "seconds": seconds,
        "CPU seconds": cpu,
        "peak": peak - resident - (of_files_now - of_files),
        "elements": elements,
        "bytes": nbytes,
    }


def forked(function: Callable[..., dict[str, float]], *arguments: Any) -> dict[str, float]:
    """Return what a function returns in a fork of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(writing, json.dumps(function(*arguments)).encode())
            status = 0
        except BaseException:  # noqa: BLE001 - it must not go on as the parent
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    if os.waitpid(child, 0)[1]:
        raise SystemExit("a measurement failed, see above")
    found: dict[str, float] = json.loads(text)
    return found


def measured(part: str, model: str, repeats: int) -> dict[str, Any]:
    """Return the versions of what a model needs, and a row for each way and number of CPUs."""
    module = models_of(part)
    ways: Ways = module.MODELS[model]()
    rows = []
    for cpus in CPUS:
        rounds = [
            {way: forked(measure, module, build, cpus) for way, build in ways.items()}
            for _ in range(repeats)
        ]
        for way in ways:
            figures = [each[way] for each in rounds]
            row = {
                "part": part,
                "model": model,
                "way": way,
                "library": way in module.LIBRARY,
                "CPUs": cpus,
                "elements": figures[0]["elements"],
                "bytes": figures[0]["bytes"],
                "seconds": [round(each["seconds"], 3) for each in figures],
                "CPU seconds": [round(each["CPU seconds"], 3) for each in figures],
                "peak": max(each["peak"] for each in figures),
            }
            print(json.dumps(row), file=sys.stderr, flush=True)
            rows.append(row)
    versions = {name: version(name) for name in PACKAGES if name in sys.modules}
    return {"versions": versions, "rows": rows}


def in_process(part: str, model: str, repeats: int) -> dict[str, Any]:
    """Return what `measured` returns, in a process that imports only what the model needs."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, __file__, part, "--one", model, "--repeats", str(repeats)],
        stdout=subprocess.PIPE,
        env=os.environ | {"KERAS_BACKEND": PARTS[part][1] or "torch"},
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> str:
    """Say where this was measured."""
    import fastinit  # noqa: PLC0415 - a measurement imports it when it needs it

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    facts = {
        name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    return (
        f"{facts.get('model name', 'CPU')} (family {facts.get('cpu family')}, model "
        f"{facts.get('model')}), {os.cpu_count()} cores; fastinit {fastinit.__version__}, kernels "
        f"{fastinit.active_isa()}"
    )


def main() -> None:
    """Measure what the command line names, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=[], help=f"of {', '.join(PARTS)}; else all")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--models", nargs="*", help="only these")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.parts[0], options.one, options.repeats)))
        return
    results: dict[str, Any] = {"parts": {}, "rows": []}
    if options.results.exists():
        results = json.loads(options.results.read_text())
    results["machine"] = machine()
    for part in options.parts or PARTS:
        facts = results["parts"].setdefault(part, {"versions": {}})
        load = [os.getloadavg()[0]]
        for model in options.models or models_of(part).MODELS:
            found = in_process(part, model, options.repeats)
            load.append(os.getloadavg()[0])
            facts["versions"] |= found["versions"]
            kept = [row for row in results["rows"] if (row["part"], row["model"]) != (part, model)]
            results["rows"] = kept + found["rows"]
            facts["date"] = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M}"
            facts["load"] = [round(min(load), 1), round(max(load), 1)]
            facts["repeats"] = options.repeats
            options.results.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
