"""Ready schemes for `init_module`: plain dicts of patterns, to print, to change and to pass on.

Each function returns a new dict. Its patterns are those of the names in common implementations. If
your model lacks some of them, `init_module` says so: delete these patterns.

Promises: the first pattern that matches a name decides, so the special patterns come first.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from fastinit._schemes.choices import Scheme
from fastinit._schemes.distributions import Normal, TruncatedNormal
from fastinit._support.checks import as_integer


def gpt2(layers: int, std: float = 0.02) -> dict[str, Scheme]:
    """Return the schemes of GPT-2, for the names of ``GPT2LMHeadModel`` in transformers.

    Parameters
    ----------
    layers : int
        The number of layers. The projections into the residual stream have std / sqrt(2 layers).
    std : float, default 0.02
        The standard deviation of all other weights.

    Returns
    -------
    dict
        Patterns of names, each with a scheme.

    Raises
    ------
    TypeError, ValueError
        If `layers` is not a positive integer, or `std` is not a finite number of at least 0.

    Notes
    -----
    Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, section
    2.3; ``GPT2PreTrainedModel._init_weights`` in transformers.

    Examples
    --------
    >>> for pattern, scheme in fastinit.torch.recipes.gpt2(layers=12).items():
    ...     print(pattern, scheme)
    *ln_*.weight ones
    *.bias zeros
    *.c_proj.weight {'scheme': 'depth_scaled', 'layers': 12, 'std': 0.02}
    *.weight Normal(mean=0.0, std=0.02)
    """
    return {
        "*ln_*.weight": "ones",
        "*.bias": "zeros",
        "*.c_proj.weight": _into_residual(layers, std),
        "*.weight": Normal(0.0, std),
    }


def llama(layers: int | None = None, std: float = 0.02) -> dict[str, Scheme]:
    """Return the schemes of Llama, for the names of ``LlamaForCausalLM`` in transformers.

    Parameters
    ----------
    layers : int, optional
        The number of layers. With it, the projections into the residual stream have std / sqrt(2
        layers), as in GPT-2 and Megatron-LM. Without it they have `std`, as in transformers.
    std : float, default 0.02
        The standard deviation of all other weights.

    Returns
    -------
    dict
        Patterns of names, each with a scheme.

    Raises
    ------
    TypeError, ValueError
        If `layers` is not a positive integer, or `std` is not a finite number of at least 0.

    Notes
    -----
    Source: ``LlamaConfig.initializer_range`` in transformers; Megatron-LM,
    ``scaled_init_method_normal``.

    Examples
    --------
    >>> fastinit.torch.recipes.llama()
    {'*norm*.weight': 'ones', '*.weight': Normal(mean=0.0, std=0.02)}
    """
    scaled = {} if layers is None else _into_residual(layers, std)
    projections = ("*.o_proj.weight", "*.down_proj.weight") if scaled else ()
    return {
        "*norm*.weight": "ones",
        **dict.fromkeys(projections, scaled),
        "*.weight": Normal(0.0, std),
    }


def dlrm() -> dict[str, Scheme]:
    """Return the schemes of DLRM, for the names of ``DLRM`` and ``DLRM_DCN`` in TorchRec.

    Returns
    -------
    dict
        Patterns of names, each with a scheme.

    Notes
    -----
    Source: Naumov et al., arXiv 1906.00091, ``create_emb`` and ``create_mlp``: tables from
    U[-1/sqrt(rows), 1/sqrt(rows)), matrices from N(0, 2 / (in + out)), as the cross layers of
    ``DLRM_DCN`` too. Biases are 0 here. The authors draw them from N(0, 1 / out).
    ``DLRM`` also has a buffer of indices, which ``{"*.triu_indices": None}`` keeps.

    Examples
    --------
    >>> for pattern, scheme in fastinit.torch.recipes.dlrm().items():
    ...     print(pattern, scheme)
    *embedding_bags.*.weight embedding_uniform
    *.bias* zeros
    * xavier_normal
    """
    return {
        "*embedding_bags.*.weight": "embedding_uniform",
        "*.bias*": "zeros",
        "*": "xavier_normal",
    }


def vit(std: float = 0.02) -> dict[str, Scheme]:
    """Return the schemes of vision transformers, for the names in timm and transformers.

    Parameters
    ----------
    std : float, default 0.02
        The standard deviation of all weights, tokens and positions.

    Returns
    -------
    dict
        Patterns of names, each with a scheme.

    Raises
    ------
    TypeError, ValueError
        If `std` is not a finite number of at least 0.

    Notes
    -----
    Source: ``ViTPreTrainedModel._init_weights`` in transformers and ``init_weights_vit_timm`` in
    timm. Both truncate to [-2, 2], not to two standard deviations.

    Examples
    --------
    >>> fastinit.torch.recipes.vit()["*norm*.weight"]
    'ones'
    """
    return {
        "*norm*.weight": "ones",
        "*.bias": "zeros",
        "*": TruncatedNormal(0.0, std, -2.0, 2.0),
    }


def _into_residual(layers: int, std: float) -> dict[str, object]:
    """Return the scheme of a projection into the residual stream."""
    count = as_integer(layers, "layers")
    if count < 1:
        raise ValueError(f"layers must be at least 1, got {count}")
    return {"scheme": "depth_scaled", "layers": count, "std": std}


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = ["dlrm", "gpt2", "llama", "vit"]
