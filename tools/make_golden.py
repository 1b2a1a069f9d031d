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
path = Path(__file__).parents[1] / "tests/data/golden.json"
path.write_text(
    json.dumps({"contract_version": fastinit.CONTRACT_VERSION, "cases": cases}, indent=1) + "\n"
)
