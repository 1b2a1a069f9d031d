"""peft: adapters on a model that was loaded, whose weights are constants to the checks."""

from __future__ import annotations

import copy

import peft
import pytest
import torch
import transformers

import fastinit.torch
from tests.real.construction import check_construction

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft's use of transformers

LAYERS = {"target_modules": ["q_proj", "v_proj"]}

ADAPTERS = {
    "LoRA": lambda: peft.LoraConfig(**LAYERS, r=8),
    "LoRA, gaussian": lambda: peft.LoraConfig(**LAYERS, r=8, init_lora_weights="gaussian"),
    "LoRA, orthogonal": lambda: peft.LoraConfig(**LAYERS, r=8, init_lora_weights="orthogonal"),
    "LoRA, no zeros": lambda: peft.LoraConfig(**LAYERS, r=8, init_lora_weights=False),
    "LoRA of embeddings": lambda: peft.LoraConfig(target_modules=["embed_tokens"], r=8),
    "DoRA": lambda: peft.LoraConfig(**LAYERS, r=8, use_dora=True),
    "AdaLoRA": lambda: peft.AdaLoraConfig(**LAYERS, total_step=10),
    "LoHa": lambda: peft.LoHaConfig(**LAYERS, r=8),
    "LoKr": lambda: peft.LoKrConfig(**LAYERS, r=8),
    "prompt tuning": lambda: peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=8),
    "prefix tuning": lambda: peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=8),
    "p-tuning": lambda: peft.PromptEncoderConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=8, encoder_hidden_size=32
    ),
    "new head": lambda: peft.LoraConfig(**LAYERS, r=8, modules_to_save=["lm_head"]),
}


@pytest.fixture(scope="module")
def base():
    config = transformers.LlamaConfig(
        vocab_size=96,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
    )
    return transformers.LlamaForCausalLM(config)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_construction(base, adapter):
    def build():
        return peft.get_peft_model(copy.deepcopy(base), ADAPTERS[adapter]())

    assert check_construction(build) >= 100


@pytest.mark.filterwarnings("ignore:Specified to not save vera_A:UserWarning")
def test_vera(base):
    """Its projections come from a generator that peft seeds, so that checkpoints need not hold them.

    They must be the same with and without fastinit, or a checkpoint from one is wrong in the other.
    """
    config = peft.VeraConfig(**LAYERS, r=8, save_projection=False)
    assert check_construction(lambda: peft.get_peft_model(copy.deepcopy(base), config)) == 0


@pytest.mark.parametrize("adapter", ["LoRA, no zeros", "AdaLoRA", "prompt tuning"])
def test_loading(base, adapter, tmp_path):
    saved = peft.get_peft_model(copy.deepcopy(base), ADAPTERS[adapter]())
    saved.save_pretrained(tmp_path)
    with fastinit.torch.accelerate(seed=0):
        loaded = peft.PeftModel.from_pretrained(copy.deepcopy(base), tmp_path)
    expected = saved.state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in loaded.state_dict().items())
