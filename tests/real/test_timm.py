"""timm: one small model of each family."""

from __future__ import annotations

import pytest

from tests.real.construction import check_construction
from tests.real.torchvision_beside import timm

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 2, "num_heads": 3}

#: The model's name, and what makes it smaller.
MODELS = {
    "vit_tiny_patch16_224": SMALL,
    "vit_relpos_base_patch16_224": SMALL,
    "deit3_small_patch16_224": SMALL,
    "beit_base_patch16_224": SMALL,
    "beitv2_base_patch16_224": SMALL,
    "eva02_tiny_patch14_224": SMALL,
    "cait_xxs24_224": SMALL,
    "xcit_nano_12_p16_224": {"embed_dim": 48, "depth": 2, "num_heads": 3},
    "swin_tiny_patch4_window7_224": {
        "img_size": 56, "embed_dim": 24, "depths": (1, 2), "num_heads": (2, 4),
    },
    "swinv2_tiny_window8_256": {
        "img_size": 64, "window_size": 4, "embed_dim": 24, "depths": (1, 2), "num_heads": (2, 4),
    },
    "convnext_atto": {"depths": (1, 1, 1, 1), "dims": (16, 24, 32, 48)},
    "convnextv2_atto": {"depths": (1, 1, 1, 1), "dims": (16, 24, 32, 48)},
    "pvt_v2_b0": {"depths": (1, 1, 1, 1)},
    "resnet10t": {},
    "regnetx_002": {},
    "efficientnet_b0": {},
    "mobilenetv3_small_050": {},
    "ghostnet_050": {},
    "levit_128s": {},
    "mobilevit_xxs": {},
    "edgenext_xx_small": {},
    "mambaout_femto": {"depths": (1, 1, 1, 1), "dims": (16, 24, 32, 48)},
    "repvgg_a0": {},
    "nf_resnet26": {},
}  # fmt: skip


def make(name):
    return timm.create_model(name, num_classes=10, **MODELS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_construction(name):
    assert check_construction(lambda: make(name)) > 10_000


@pytest.mark.parametrize("block", ["ResBlock", "SpatialGatingBlock"])
def test_mlp_mixer(block):
    mixers = timm.models.mlp_mixer
    options = {
        "img_size": 64,
        "num_blocks": 2,
        "embed_dim": 48,
        "block_layer": getattr(mixers, block),
    }
    if block == "SpatialGatingBlock":
        options["mlp_layer"] = timm.layers.GatedMlp
    assert check_construction(lambda: mixers.MlpMixer(10, mlp_ratio=4, **options)) > 10_000


def test_mixer():
    mixer = timm.models.mlp_mixer.MlpMixer
    assert check_construction(lambda: mixer(10, img_size=64, num_blocks=2, embed_dim=48)) > 10_000
