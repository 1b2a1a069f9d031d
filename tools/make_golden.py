"""Write tests/data/golden.json, whose digests are the contract.

Entries are added for what is new; one that is there already must come out as it stands, unless
CONTRACT_VERSION has been raised: otherwise nothing is written. Never run to make a test pass.
"""

import hashlib
import json
import math
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import fastinit
from fastinit._memory.dtypes import FORMATS

PATH = Path(__file__).parents[1] / "tests/data/golden.json"
LARGEST = float(np.finfo(np.float32).max)


def with_next(limit: float, towards: float) -> tuple[float, float]:
    """Return a limit and the neighbouring float64 on its other side."""
    return limit, math.nextafter(limit, towards)


# Truncated normals on both sides of each limit where the kernel changes: the dtypes, then one or two
# numbers each for the mean, the std, the lower and the upper bound.
WIDE, FLOAT32, FLOAT64 = ("float32", "float64", "float16"), ("float32", "bfloat16"), ("float64",)
LIMITS: tuple[tuple[Any, ...], ...] = (
    # The width and the distance of a window.
    (WIDE, [0.0], [1.0], [0.0], with_next(2.0**-20, math.inf)),
    (WIDE, [0.0], [1.0], with_next(38.0, 0.0), [60.0]),
    # The probability of a table: 1/16 between the bounds, near the mean and in a tail.
    (FORMATS, [0.0], [1.0], [0.0], with_next(0.1573106846101707, 0.0)),
    (FORMATS, [0.0], [1.0], with_next(1.5341205443525463, math.inf), [60.0]),
    # The standard deviations and the means that float32 holds with full precision.
    (FLOAT32, [0.0], with_next(2.0**-126, 0.0), [-(2.0**-126)], [2.0**-125]),
    (FLOAT32, [0.0], with_next(LARGEST, math.inf), [-1e38], [2e38]),
    (FLOAT32, with_next(LARGEST, math.inf), [1e38], [3e38], [3.3e38]),
    # The formula of a window: by its width, its distance and its slope.
    (FLOAT64, [0.0], [1.0], [38.0], with_next(38.0 + 2.0**-20, math.inf)),
    (FLOAT64, [0.0], [1.0], with_next(1e150, 0.0), [2e150]),
    (FLOAT64, [0.0], [1.0], [-(2.0**-31)], with_next(3 * 2.0**-31, 0.0)),
)

cases = []


def pin(function: str, shape: list[int], parameters: Any, dtype: str, offset: int) -> None:
    """Add the digest of a fill to the cases."""
    case = {"function": function, "shape": shape, "parameters": parameters,
            "dtype": dtype, "seed": 2**63 + 12345, "stream": "golden", "offset": offset}  # fmt: skip
    values = getattr(fastinit, function)(
        shape, *parameters, dtype=dtype, seed=case["seed"], stream="golden", offset=offset
    )
    case["sha256"] = hashlib.sha256(values.tobytes()).hexdigest()
    cases.append(case)


for offset in (0, 3, 2**34 - 77):
    for function, parameters, dtypes in (
        ("random_bits", (), ("uint32", "uint64")),
        ("uniform", (-0.3, 0.7), FORMATS),
        ("normal", (0.1, 0.3), FORMATS),
        ("trunc_normal", (0.1, 0.3, -0.5, 0.7), FORMATS),
        ("trunc_normal", (0.1, 0.3, 0.9, 8.0), FORMATS),
        ("trunc_normal", (0.1, 0.01, 0.6, 1.0), FORMATS),
    ):
        for dtype in dtypes:
            pin(function, [1001, 997], parameters, dtype, offset)
for dtypes, *numbers in LIMITS:
    for mean, std, low, high in product(*numbers):
        for dtype in dtypes:
            pin("trunc_normal", [101, 97], (mean, std, low, high), dtype, 3)
            pin("trunc_normal", [101, 97], (-mean, std, -high, -low), dtype, 3)
for function, parameters, dtypes in (
    # The narrowest intervals and the widest ones; values without spread; the largest numbers.
    ("uniform", (0.0, 2.0**-102), ("float32",)),
    ("uniform", (0.0, 2.0**-969), ("float64",)),
    ("uniform", (-65504.0, 65504.0), ("float32", "float64", "bfloat16", "float16")),
    ("uniform", (-LARGEST / 2, LARGEST / 2), ("float32", "float64")),
    ("uniform", (-448.0, 448.0), FORMATS),
    ("uniform", (1.0, 1.25), FORMATS),
    ("normal", (0.0, 10331.0), ("float32", "float64", "bfloat16", "float16")),
    ("normal", (-0.0, 0.0), FORMATS),
    ("normal", (-1e-46, 0.0), FORMATS),
):
    for dtype in dtypes:
        pin(function, [101, 97], parameters, dtype, 3)

# Call after call on one generator; then its children, and NumPy's bit generator.
SEED = 2**63 + 12345
generator = fastinit.Generator(SEED)
calls = []
for method, arguments in (
    ("random", {"size": [1001]}),
    ("standard_normal", {"size": [1001], "dtype": "float32"}),
    ("uniform", {"low": -0.3, "high": 0.7, "size": [1001]}),
    ("uniform", {"low": [-0.3, 0.1], "high": 0.7, "size": [1001, 2], "dtype": "float32"}),
    ("normal", {"loc": 0.1, "scale": [0.3, 2.5], "size": [1001, 2]}),
    ("bytes", {"length": 1001}),
):
    values = getattr(generator, method)(**arguments)
    digest = hashlib.sha256(values if method == "bytes" else values.tobytes()).hexdigest()
    calls.append({"method": method, "arguments": arguments, "sha256": digest})
bits = fastinit.Philox(SEED, stream="golden", offset=2**33 - 77)


def unsigned(state: dict[str, Any]) -> dict[str, Any]:
    """Return a bit generator's state as it was pinned, with numbers in [0, 2**64)."""
    numbers = {name: number % 2**64 for name, number in state["state"].items()}
    return {**state, "state": numbers}


generators = {
    "seed": SEED,
    "calls": calls,
    "children": [child.seed for child in generator.spawn(4)],
    "philox": {
        "stream": "golden",
        "offset": 2**33 - 77,
        "sha256": hashlib.sha256(bits.random_raw(1001).tobytes()).hexdigest(),
        "state": unsigned(bits.state),
        "jumped": unsigned(bits.jumped(3).state),
    },
    "state": {
        "contract_version": fastinit.CONTRACT_VERSION,
        "seed": generator.seed,
        "next_stream": generator.next_stream(),
        "next_child": generator.get_state()["next_child"],
    },
}
quantized = [{"shape": [301, 77], "normal": (0.1, 0.3), "bits": bits, "seed": 2**63 + 12345} for bits in (8, 4)]  # fmt: skip
for case in quantized:
    values = fastinit.quantized_rows(
        case["shape"],
        fastinit.Normal(*case["normal"]),
        bits=case["bits"],
        seed=case["seed"],
        stream="golden",
    )
    case["sha256"] = hashlib.sha256(values.tobytes()).hexdigest()

# Parts of a tensor of more than 2^34 elements: boxes, gathered rows, strided memory.
DISTRIBUTIONS = (
    ["Uniform", [-0.3, 0.7]],
    ["Normal", [0.1, 0.3]],
    ["TruncatedNormal", [0.1, 0.3, -0.5, 0.7]],
)
parts = []
for dtype in FORMATS:
    for name, parameters in DISTRIBUTIONS:
        weight = fastinit.Weight((2**27, 3, 77), getattr(fastinit, name)(*parameters),
                                 seed=SEED, name="golden", dtype=dtype, padding_idx=-7)  # fmt: skip
        box = weight[2**27 - 1301 :: 5, 1:, 70:3:-2]
        rows = weight.rows([2**27 - 1, 0, 2**27 - 7, 11, 0, 2**26 + 3])
        strided = np.zeros((6, 5, 77), weight.dtype)
        weight.fill(strided[::2, 1:4], np.s_[5:8])
        parts.append({
            "formula": json.loads(weight.to_json()),
            **{
                path: hashlib.sha256(values.tobytes()).hexdigest()
                for path, values in (("box", box), ("rows", rows), ("strided", strided))
            },
        })  # fmt: skip


def grown(old: Any, new: Any, place: str = "golden.json") -> Any:
    """Return what was pinned with what is new behind it; raise if something pinned is not in it."""
    if isinstance(old, dict) and isinstance(new, dict):
        kept = {key: grown(value, new.get(key), f"{place}[{key!r}]") for key, value in old.items()}
        return kept | {key: value for key, value in new.items() if key not in old}
    if isinstance(old, list) and isinstance(new, list):
        for entry in old:
            if entry not in new:
                raise SystemExit(f"{place}: {entry} has changed or is gone; nothing was written")
        return old + [entry for entry in new if entry not in old]
    if old != new:
        raise SystemExit(f"{place} has changed: {old!r} became {new!r}; nothing was written")
    return old


golden = {
    "contract_version": fastinit.CONTRACT_VERSION,
    "cases": cases,
    "generators": generators,
    "quantized": quantized,
    "parts": parts,
}
golden = json.loads(json.dumps(golden))
if PATH.exists():
    pinned = json.loads(PATH.read_text())
    if pinned["contract_version"] == fastinit.CONTRACT_VERSION:
        golden = grown(pinned, golden)
PATH.write_text(json.dumps(golden, indent=1) + "\n")
