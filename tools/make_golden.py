"""Write tests/data/golden.json: run once for each CONTRACT_VERSION, never to make a test pass."""

import hashlib
import json
from pathlib import Path

import fastinit
from fastinit.formats import FORMATS

cases = []
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
            case = {"function": function, "shape": [1001, 997], "parameters": parameters,
                    "dtype": dtype, "seed": 2**63 + 12345, "stream": "golden", "offset": offset}  # fmt: skip
            values = getattr(fastinit, function)(
                case["shape"],
                *parameters,
                dtype=dtype,
                seed=case["seed"],
                stream="golden",
                offset=offset,
            )
            case["sha256"] = hashlib.sha256(values.tobytes()).hexdigest()
            cases.append(case)

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
generators = {
    "seed": SEED,
    "calls": calls,
    "children": [child.seed for child in generator.spawn(4)],
    "philox": {
        "stream": "golden",
        "offset": 2**33 - 77,
        "sha256": hashlib.sha256(bits.random_raw(1001).tobytes()).hexdigest(),
        "state": bits.state,
        "jumped": bits.jumped(3).state,
    },
    "state": generator.get_state(),
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
path = Path(__file__).parents[1] / "tests/data/golden.json"
path.write_text(
    json.dumps(
        {
            "contract_version": fastinit.CONTRACT_VERSION,
            "cases": cases,
            "generators": generators,
            "quantized": quantized,
        },
        indent=1,
    )
    + "\n"
)
