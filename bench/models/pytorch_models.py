"""GPT-2, Llama, ViT-B, DLRM-DCN and ResNet-50 for PyTorch.

The library's own way is its constructor, and what it says to call after `to_empty`.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from models import Ways

OWN, OWN_META = LIBRARY = "the library's constructor", "the library, on meta"
ACCELERATE, BY_NAME = "`accelerate`", "`init_module`, on meta"


def ways(
    build: Callable[[], Any], schemes: dict[str, Any], again: Callable[[Any], Any] | None = None
) -> Ways:
    """Return the ways to a model: `again` is what the library says to call after `to_empty`."""
    import torch  # noqa: PLC0415 - slow to import

    import fastinit.torch  # noqa: PLC0415

    def empty() -> Any:
        with torch.device("meta"):
            model = build()
        return model.to_empty(device="cpu")

    def on_meta() -> Any:
        model = empty()
        again(model)
        return model

    def accelerated() -> Any:
        with fastinit.torch.accelerate(seed=0):
            return build()

    def by_name() -> Any:
        model = empty()
        fastinit.torch.init_module(model, seed=0, schemes=schemes)
        return model

    own = {OWN: build} | ({} if again is None else {OWN_META: on_meta})
    return own | {ACCELERATE: accelerated, BY_NAME: by_name}


def gpt2() -> Ways:
    """Return the ways to GPT-2 of 124 M parameters, by transformers."""
    from transformers import GPT2Config, GPT2LMHeadModel  # noqa: PLC0415

    from fastinit.torch import recipes  # noqa: PLC0415

    config = GPT2Config()
    return ways(
        lambda: GPT2LMHeadModel(config), recipes.gpt2(layers=12), GPT2LMHeadModel.init_weights
    )


def llama() -> Ways:
    """Return the ways to a model of the shapes of Llama 3.2 1B in bfloat16, by transformers."""
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM  # noqa: PLC0415

    from fastinit.torch import recipes  # noqa: PLC0415

    config = LlamaConfig(
        vocab_size=128_256,
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=16,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=64,
        tie_word_embeddings=True,
        dtype=torch.bfloat16,
    )
    return ways(
        lambda: AutoModelForCausalLM.from_config(config),
        recipes.llama(),
        LlamaForCausalLM.init_weights,
    )


def vit() -> Ways:
    """Return the ways to ViT-B/16, by timm."""
    timm = import_timm()
    from fastinit.torch import recipes  # noqa: PLC0415

    return ways(
        lambda: timm.create_model("vit_base_patch16_224"),
        recipes.vit(),
        lambda model: model.init_weights(),
    )


def resnet() -> Ways:
    """Return the ways to ResNet-50, by timm."""
    timm = import_timm()
    import fastinit  # noqa: PLC0415

    def again(model: Any) -> None:
        for module in model.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
        model.init_weights()

    schemes = {
        "*bn3.weight": "zeros",  # the last normalisation of each residual branch
        "*bn?.weight": "ones",
        "*downsample.1.weight": "ones",
        "*bn?.bias": "zeros",
        "*downsample.1.bias": "zeros",
        "fc.weight": "xavier",  # what `nn.Linear` draws
        "fc.bias": fastinit.Uniform(-(2048**-0.5), 2048**-0.5),
        "*": {"scheme": "he_normal", "mode": "fan_out"},
    }
    return ways(lambda: timm.create_model("resnet50"), schemes, again)


#: The rows of the 26 tables of Criteo's data, the largest of them capped, as hashing does.
CAP = 500_000
ROWS = [
    min(rows, CAP)
    for rows in (
        40_000_000, 39_060, 17_295, 7_424, 20_265, 3, 7_122, 1_543, 63, 40_000_000, 3_067_956,
        405_282, 10, 2_209, 11_938, 155, 4, 976, 14, 40_000_000, 40_000_000, 40_000_000, 590_152,
        12_973, 108, 36,
    )
]  # fmt: skip


def dlrm() -> Ways:
    """Return the ways to DLRM-DCN of MLPerf's shapes over tables of 2 GB, by TorchRec."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # FBGEMM's own, of modules that its CPU build lacks
        from torchrec.models.dlrm import DLRM_DCN  # noqa: PLC0415
        from torchrec.modules.embedding_configs import EmbeddingBagConfig  # noqa: PLC0415
        from torchrec.modules.embedding_modules import EmbeddingBagCollection  # noqa: PLC0415

    from fastinit.torch import recipes  # noqa: PLC0415

    def build() -> Any:
        tables = [
            EmbeddingBagConfig(
                name=f"t{number}",
                embedding_dim=128,
                num_embeddings=rows,
                feature_names=[f"f{number}"],
            )
            for number, rows in enumerate(ROWS)
        ]
        return DLRM_DCN(
            EmbeddingBagCollection(tables),
            dense_in_features=13,
            dense_arch_layer_sizes=[512, 256, 128],
            over_arch_layer_sizes=[1024, 1024, 512, 256, 1],
            dcn_num_layers=3,
            dcn_low_rank_dim=512,
        )

    return ways(build, recipes.dlrm())


def import_timm() -> Any:
    """Return timm, also from the folder in which tools/install_peers keeps it."""
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    try:
        import timm  # noqa: PLC0415
    except ImportError:
        from tests.real.torchvision_beside import timm  # noqa: PLC0415
    return timm


MODELS = {
    "GPT-2, float32": gpt2,
    "Llama 1B, bfloat16": llama,
    "ViT-B/16, float32": vit,
    "DLRM-DCN, float32": dlrm,
    "ResNet-50, float32": resnet,
}


def start(cpus: int) -> None:
    """Set the number of threads: PyTorch chose it when it was imported."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(cpus)


def size(model: Any) -> tuple[int, int]:
    """Return the elements and bytes of a model's parameters."""
    parameters = list(model.parameters())
    return sum(each.numel() for each in parameters), sum(each.nbytes for each in parameters)
