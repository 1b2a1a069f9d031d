"""transformers: language, vision, audio and mixed models, constructed and loaded."""

from __future__ import annotations

import pytest
import torch
import transformers

import fastinit.torch
from tests.real.construction import check_construction

TINY = {
    "vocab_size": 96,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
ENCODER_DECODER = {
    "vocab_size": 96,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 64,
}
EXPERTS = TINY | {
    "num_experts": 4,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 24,
}
PICTURE = {"image_size": 32, "patch_size": 8, "num_channels": 3, "num_labels": 7}
VISION = TINY | PICTURE
STAGES = PICTURE | {"patch_size": 4, "embed_dim": 16, "depths": [1, 2], "num_heads": [2, 4]}
SOUND = TINY | {
    "conv_dim": [16, 16],
    "conv_stride": [5, 2],
    "conv_kernel": [10, 3],
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 4,
}

#: The model's class and its configuration.
MODELS = {
    "GPT2LMHeadModel": {"vocab_size": 96, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64},
    "GPTNeoXForCausalLM": TINY,
    "GPTJForCausalLM": {"vocab_size": 96, "n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4},
    "OPTForCausalLM": TINY | {"ffn_dim": 48, "word_embed_proj_dim": 32},
    "BloomForCausalLM": {"vocab_size": 96, "hidden_size": 32, "n_layer": 2, "n_head": 4},
    "LlamaForCausalLM": TINY,
    "MistralForCausalLM": TINY,
    "MixtralForCausalLM": EXPERTS,
    "Qwen2ForCausalLM": TINY,
    "Qwen3MoeForCausalLM": EXPERTS | {"head_dim": 8},
    "Gemma2ForCausalLM": TINY | {"head_dim": 8},
    "Gemma3ForCausalLM": TINY | {"head_dim": 8},
    "PhiForCausalLM": TINY,
    "FalconForCausalLM": TINY,
    "Olmo2ForCausalLM": TINY,
    "DeepseekV3ForCausalLM": EXPERTS
    | {
        "n_routed_experts": 4, "n_group": 2, "topk_group": 1, "first_k_dense_replace": 1, "q_lora_rank": 16,
        "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8, "num_key_value_heads": 4,
    },
    "GptOssForCausalLM": EXPERTS | {"head_dim": 8},
    "MambaForCausalLM": TINY | {"state_size": 8, "time_step_rank": 4},
    "Mamba2ForCausalLM": TINY
    | {"num_heads": 8, "head_dim": 8, "state_size": 8, "n_groups": 2, "expand": 2},
    "RwkvForCausalLM": TINY | {"attention_hidden_size": 32},
    "RecurrentGemmaForCausalLM": TINY
    | {"num_hidden_layers": 3, "lru_width": 32, "head_dim": 8, "attention_window_size": 16},
    "BertForPreTraining": TINY,
    "RobertaForMaskedLM": TINY,
    "DistilBertForMaskedLM": {"vocab_size": 96, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
    "AlbertForMaskedLM": TINY | {"embedding_size": 16},
    "ElectraForPreTraining": TINY | {"embedding_size": 16},
    "DebertaV2ForMaskedLM": TINY | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "XLNetLMHeadModel": {"vocab_size": 96, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48},
    "ModernBertForMaskedLM": TINY,
    "T5ForConditionalGeneration": {
        "vocab_size": 96, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4,
    },
    "BartForConditionalGeneration": ENCODER_DECODER,
    "PegasusForConditionalGeneration": ENCODER_DECODER,
    "WhisperForConditionalGeneration": ENCODER_DECODER
    | {"num_mel_bins": 8, "max_source_positions": 20, "max_target_positions": 20, "pad_token_id": 0},
    "ViTForImageClassification": VISION,
    "ViTMAEForPreTraining": VISION
    | {"decoder_hidden_size": 16, "decoder_num_hidden_layers": 1, "decoder_intermediate_size": 24, "decoder_num_attention_heads": 2},
    "DeiTForImageClassification": VISION,
    "BeitForImageClassification": VISION | {"use_relative_position_bias": True},
    "Dinov2ForImageClassification": VISION,
    "SwinForImageClassification": STAGES | {"window_size": 4},
    "ConvNextForImageClassification": PICTURE | {"hidden_sizes": [16, 32], "depths": [1, 2], "num_stages": 2},
    "ResNetForImageClassification": {
        "embedding_size": 16, "hidden_sizes": [16, 32], "depths": [1, 1], "num_labels": 7,
    },
    "SegformerForSemanticSegmentation": {
        "num_encoder_blocks": 2, "depths": [1, 1], "sr_ratios": [2, 1], "hidden_sizes": [16, 32],
        "patch_sizes": [7, 3], "strides": [4, 2], "num_attention_heads": [1, 2], "mlp_ratios": [2, 2],
        "decoder_hidden_size": 16,
    },
    "CLIPModel": {"text_config": TINY, "vision_config": VISION, "projection_dim": 16},
    "SiglipModel": {"text_config": TINY, "vision_config": VISION},
    "Wav2Vec2ForCTC": SOUND,
    "HubertForCTC": SOUND,
    "VitsModel": {
        "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "ffn_dim": 24,
        "flow_size": 16, "spectrogram_bins": 9, "prior_encoder_num_flows": 1, "prior_encoder_num_wavenet_layers": 1,
        "posterior_encoder_num_wavenet_layers": 1, "upsample_initial_channel": 32, "upsample_rates": [2, 2],
        "upsample_kernel_sizes": [4, 4], "resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1]],
        "duration_predictor_num_flows": 2, "depth_separable_num_layers": 1,
    },
    "PatchTSTForPrediction": {
        "num_input_channels": 2, "context_length": 16, "patch_length": 4, "d_model": 32, "ffn_dim": 48,
        "num_hidden_layers": 2, "num_attention_heads": 4,
    },
}  # fmt: skip


def make(name, **changes):
    kind = getattr(transformers, name)
    return kind(kind.config_class(**(MODELS[name] | changes)))


@pytest.mark.parametrize("name", MODELS)
def test_construction(name):
    assert check_construction(lambda: make(name)) > 4000


@pytest.mark.parametrize(
    "name",
    [
        "GPT2LMHeadModel", "LlamaForCausalLM", "MixtralForCausalLM", "MambaForCausalLM", "BertForPreTraining",
        "T5ForConditionalGeneration", "ViTForImageClassification", "Wav2Vec2ForCTC",
    ],
)  # fmt: skip
def test_loading(name, tmp_path):
    saved = make(name)
    saved.save_pretrained(tmp_path)
    with fastinit.torch.accelerate(seed=0):
        loaded = type(saved).from_pretrained(tmp_path)
    expected = saved.state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in loaded.state_dict().items())
