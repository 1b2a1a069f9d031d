"""diffusers: denoisers, autoencoders and their transformers, constructed and loaded."""

from __future__ import annotations

import diffusers
import pytest
import torch

import fastinit.torch
from tests.real.construction import check_construction

BLOCKS = {"block_out_channels": (16, 32), "norm_num_groups": 8, "layers_per_block": 1}
CODER = {
    "down_block_types": ("DownEncoderBlock2D", "DownEncoderBlock2D"),
    "up_block_types": ("UpDecoderBlock2D", "UpDecoderBlock2D"),
}
ATTENDED = {
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "cross_attention_dim": 16,
    "attention_head_dim": 4,
}
HEADS = {"num_attention_heads": 2, "attention_head_dim": 16}

#: The model's class and its configuration.
MODELS = {
    "UNet1DModel": {
        "block_out_channels": (16, 32), "down_block_types": ("DownBlock1DNoSkip", "DownBlock1D"),
        "up_block_types": ("UpBlock1D", "UpBlock1DNoSkip"), "norm_num_groups": 8, "extra_in_channels": 16,
    },
    "UNet2DModel": BLOCKS
    | {
        "sample_size": 16, "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
        "up_block_types": ("AttnUpBlock2D", "UpBlock2D"), "attention_head_dim": 4,
    },
    "UNet2DConditionModel": BLOCKS | ATTENDED | {"up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D")},
    "ControlNetModel": BLOCKS | ATTENDED | {"conditioning_embedding_out_channels": (16, 32)},
    "AutoencoderKL": BLOCKS | CODER,
    "VQModel": BLOCKS | CODER | {"num_vq_embeddings": 32},
    "AutoencoderTiny": {
        "encoder_block_out_channels": (16, 16), "decoder_block_out_channels": (16, 16),
        "num_encoder_blocks": (1, 1), "num_decoder_blocks": (1, 1),
    },
    "Transformer2DModel": HEADS | {"in_channels": 16, "norm_num_groups": 8, "num_layers": 2},
    "DiTTransformer2DModel": HEADS | {"sample_size": 16, "num_layers": 2, "num_embeds_ada_norm": 10, "norm_num_groups": 8},
    "PixArtTransformer2DModel": HEADS
    | {"sample_size": 16, "num_layers": 2, "cross_attention_dim": 32, "caption_channels": 16, "norm_num_groups": 8},
    "SD3Transformer2DModel": HEADS
    | {
        "sample_size": 16, "num_layers": 2, "joint_attention_dim": 32, "caption_projection_dim": 32,
        "pooled_projection_dim": 16, "in_channels": 4, "pos_embed_max_size": 16,
    },
    "FluxTransformer2DModel": HEADS
    | {
        "num_layers": 1, "num_single_layers": 1, "joint_attention_dim": 32, "pooled_projection_dim": 16,
        "axes_dims_rope": (4, 6, 6), "in_channels": 4,
    },
    "WanTransformer3DModel": HEADS | {"num_layers": 2, "ffn_dim": 48, "text_dim": 16, "freq_dim": 16},
    "CogVideoXTransformer3DModel": HEADS
    | {"num_layers": 2, "text_embed_dim": 16, "time_embed_dim": 16, "sample_height": 8, "sample_width": 8, "sample_frames": 5},
    "PriorTransformer": HEADS | {"num_layers": 2, "embedding_dim": 16, "num_embeddings": 7},
}  # fmt: skip


def make(name):
    return getattr(diffusers, name)(**MODELS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_construction(name):
    assert check_construction(lambda: make(name)) > 5000


@pytest.mark.parametrize("low_cpu_mem_usage", [True, False])
@pytest.mark.parametrize("name", ["UNet2DModel", "AutoencoderKL"])
def test_loading(name, low_cpu_mem_usage, tmp_path):
    saved = make(name)
    saved.save_pretrained(tmp_path)
    with fastinit.torch.accelerate(seed=0):
        loaded = type(saved).from_pretrained(tmp_path, low_cpu_mem_usage=low_cpu_mem_usage)
    expected = saved.state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in loaded.state_dict().items())
