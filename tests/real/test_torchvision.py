"""torchvision: models for classification, segmentation, detection, video and optical flow."""

from __future__ import annotations

import pytest

from tests.real.construction import check_construction
from tests.real.torchvision_beside import torchvision

models = torchvision.models
WITHOUT_WEIGHTS = {"weights": None, "weights_backbone": None}

MODELS = {
    "resnet18": lambda: models.resnet18(num_classes=10),
    "ResNet, zero_init_residual": lambda: models.resnet18(num_classes=10, zero_init_residual=True),
    "VisionTransformer": lambda: models.VisionTransformer(32, 8, 2, 4, 48, 96, num_classes=10),
    "SwinTransformer": lambda: models.SwinTransformer([4, 4], 24, [1, 2], [2, 4], [4, 4], num_classes=10),
    "SwinTransformer, version 2": lambda: models.SwinTransformer(
        [4, 4], 24, [1, 2], [2, 4], [4, 4], num_classes=10,
        block=models.swin_transformer.SwinTransformerBlockV2, downsample_layer=models.swin_transformer.PatchMergingV2,
    ),
    "ConvNeXt": lambda: models.ConvNeXt(
        [models.convnext.CNBlockConfig(16, 32, 1), models.convnext.CNBlockConfig(32, None, 1)], num_classes=10
    ),
    "MaxVit": lambda: models.maxvit.MaxVit((64, 64), 16, 4, [16, 32], [1, 1], 8, 0.0, num_classes=10),
    "densenet121": lambda: models.DenseNet(8, (2, 2), 16, num_classes=10),
    "efficientnet_b0": lambda: models.efficientnet_b0(num_classes=10),
    "googlenet": lambda: models.googlenet(num_classes=10, init_weights=True, aux_logits=False),
    "mnasnet0_5": lambda: models.mnasnet0_5(num_classes=10),
    "mobilenet_v3_small": lambda: models.mobilenet_v3_small(num_classes=10),
    "regnet_y_400mf": lambda: models.regnet_y_400mf(num_classes=10),
    "shufflenet_v2_x0_5": lambda: models.shufflenet_v2_x0_5(num_classes=10),
    "squeezenet1_1": lambda: models.squeezenet1_1(num_classes=10),
    "lraspp_mobilenet_v3_large": lambda: models.segmentation.lraspp_mobilenet_v3_large(**WITHOUT_WEIGHTS),
    "ssdlite320_mobilenet_v3_large": lambda: models.detection.ssdlite320_mobilenet_v3_large(**WITHOUT_WEIGHTS),
    "MViT": lambda: models.video.MViT(
        (16, 16), 4,
        [models.video.mvit.MSBlockConfig(1, 16, 32, [3, 3, 3], [1, 2, 2], [], []),
         models.video.mvit.MSBlockConfig(2, 32, 32, [3, 3, 3], [], [], [])],
        True, False, False, False, num_classes=10, attention_dropout=0.0, dropout=0.0,
    ),
    "raft_small": models.optical_flow.raft_small,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_construction(name):
    assert check_construction(MODELS[name]) > 10_000
