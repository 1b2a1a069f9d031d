"""torch.nn: every layer that has parameters."""

from __future__ import annotations

import pytest
from torch import nn

from tests.real.construction import check_construction

LAYERS = {
    "Bilinear": lambda: nn.Bilinear(8, 9, 10),
    "Conv1d": lambda: nn.Conv1d(8, 16, 3),
    "Conv2d": lambda: nn.Conv2d(8, 16, 3, groups=2),
    "Conv3d": lambda: nn.Conv3d(4, 8, 3),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(8, 16, 3),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(8, 16, 3),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(4, 8, 3),
    "Embedding": lambda: nn.Embedding(100, 32, padding_idx=3),
    "EmbeddingBag": lambda: nn.EmbeddingBag(100, 32, padding_idx=3),
    "GRU": lambda: nn.GRU(32, 16, 2, bidirectional=True),
    "GRUCell": lambda: nn.GRUCell(32, 16),
    "LSTM": lambda: nn.LSTM(32, 16, 2, bidirectional=True, proj_size=8),
    "LSTMCell": lambda: nn.LSTMCell(32, 16),
    "RNN": lambda: nn.RNN(32, 16, 2),
    "RNNCell": lambda: nn.RNNCell(32, 16),
    "Linear": lambda: nn.Linear(64, 50),
    "AdaptiveLogSoftmaxWithLoss": lambda: nn.AdaptiveLogSoftmaxWithLoss(16, 100, [20, 50]),
    "MultiheadAttention": lambda: nn.MultiheadAttention(32, 4),
    "MultiheadAttention, other keys": lambda: nn.MultiheadAttention(
        32, 4, kdim=8, vdim=16, add_bias_kv=True
    ),
    "Transformer": lambda: nn.Transformer(32, 4, 1, 1, 64, batch_first=True),
    "PReLU": lambda: nn.PReLU(4),
    "BatchNorm1d": lambda: nn.BatchNorm1d(8),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(8, affine=True, track_running_stats=True),
    "GroupNorm": lambda: nn.GroupNorm(2, 8),
    "LayerNorm": lambda: nn.LayerNorm(8),
    "RMSNorm": lambda: nn.RMSNorm(8),
    "weight_norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(40, 30)),
    "spectral_norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(40, 30)),
    "orthogonal": lambda: nn.utils.parametrizations.orthogonal(nn.Linear(40, 30)),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_layer(layer):
    check_construction(LAYERS[layer])


def test_every_layer_with_parameters_is_listed():
    """Classes that set parameters by themselves; lazy ones do it by the methods of the others."""
    built = {type(each) for make in LAYERS.values() for each in make().modules()}
    bases = {base for each in built for base in each.__mro__}
    missing = {
        name
        for name, kind in vars(nn).items()
        if hasattr(kind, "reset_parameters") and kind not in bases and not name.startswith("Lazy")
    }
    assert missing <= {
        "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm3d", "SyncBatchNorm",
    }  # as those listed, but for the number of axes  # fmt: skip
