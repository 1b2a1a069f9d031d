"""Compare tables with those that PyTorch's stateless generator makes on a GPU (not run so far).

    python tools/compare_cuda.py

Needs a CUDA GPU and PyTorch 2.13 or newer with CUDA: ``torch.func._random``, which is experimental
and may change. Uniforms on [0, 1) must be equal to the bit, and so must the words behind them: exit
status 1 if they are not. Normals are another matter: PyTorch's are Box and Muller's, with the GPU's
fast logarithm and sine, and fastinit's float32 ones are an inverse CDF. So those of PyTorch are
compared with Box and Muller's of the same words in float64, and fastinit's own with nothing.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from torch.func import _random

import fastinit

SEEDS = (0, 1, 12345, 2**32 + 7, 2**63 + 12345)
SHAPES = ((1,), (5,), (1023,), (1_000_003,), (4097, 129))
#: PyTorch's float32 normals use intrinsics with an absolute error of about 1e-6.
NORMAL_TOLERANCE = {"float32": 1e-4, "float64": 1e-9}


def same_uniforms(seed: int, shape: tuple[int, ...], dtype: str) -> bool:
    """Compare uniforms on [0, 1), bit by bit; print where they first differ."""
    key = _random.key(seed, device=torch.device("cuda"))
    theirs = _random.uniform(key, shape, dtype=getattr(torch, dtype)).cpu().numpy()
    ours = fastinit.uniform(shape, dtype=dtype, seed=seed, stream=0)
    if ours.tobytes() == theirs.tobytes():
        return True
    place = int(np.argmax((ours != theirs).ravel()))
    print(f"  element {place}: {ours.ravel()[place]!r} here, {theirs.ravel()[place]!r} there")
    return False


def normal_difference(seed: int, shape: tuple[int, ...], dtype: str) -> float:
    """Return how far PyTorch's normals are from Box and Muller's of the same words, at most."""
    count = int(np.prod(shape))
    key = _random.key(seed, device=torch.device("cuda"))
    theirs = _random.normal(key, shape, dtype=getattr(torch, dtype)).cpu().numpy().ravel()
    bits, unit = ("uint32", 2.0**-32) if dtype == "float32" else ("uint64", 2.0**-64)
    pairs = fastinit.random_bits(count + count % 2, dtype=bits, seed=seed, stream=0).reshape(-1, 2)
    first, second = ((pairs[:, side].astype(np.float64) + 0.5) * unit for side in (0, 1))
    radius = np.sqrt(-2 * np.log(first))
    angles = 2 * np.pi * second
    orders = [(np.cos(angles), np.sin(angles)), (np.sin(angles), np.cos(angles))]
    made = [np.stack([radius * a, radius * b], axis=1).ravel()[:count] for a, b in orders]
    return min(float(np.abs(each - theirs).max()) for each in made)


def main() -> int:
    """Compare all seeds, shapes and dtypes; return the exit status."""
    if not torch.cuda.is_available():
        print("no CUDA GPU here")
        return 2
    print(
        f"torch {torch.__version__}, {torch.cuda.get_device_name()}, fastinit {fastinit.__version__}"
    )
    different = 0
    for dtype in ("float32", "float64"):
        for seed in SEEDS:
            for shape in SHAPES:
                same = same_uniforms(seed, shape, dtype)
                distance = normal_difference(seed, shape, dtype)
                near = distance < NORMAL_TOLERANCE[dtype]
                different += not same
                print(
                    f"{dtype} seed {seed} shape {shape}: uniforms {'equal' if same else 'DIFFER'}, "
                    f"normals {distance:.1e} from Box-Muller{'' if near else ' (another method)'}"
                )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
