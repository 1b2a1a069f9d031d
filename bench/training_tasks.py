"""Small models that train on real data in a second or two, and the ways to initialise them.

The digits are those of scikit-learn: 1797 images of 8 x 8. The text is the reference of Python that
`help()` shows, in `pydoc_data.topics`, by characters. A run depends on the way and on a seed, which
gives the values of the model and the order of the data: all ways see the same batches.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

#: The ways. The last must not pass: it is the library's own with weights three times as large.
OWN, DROP_IN, BY_NAME, WRONG = "own", "drop-in", "by name", "own x 3"
WAYS = (OWN, DROP_IN, BY_NAME, WRONG)
GAIN = 3.0

CONTEXT, TEXTS, IMAGES = 32, 8, 24

#: The learning rate in PyTorch and Flax.
RATE = 3e-3


@dataclass(frozen=True)
class Run:
    """What a run gave.

    Parameters
    ----------
    losses : list of float
        The training loss of each step.
    held_out : float
        The mean loss on data that training did not see, after the last step.
    """

    losses: list[float]
    held_out: float


class Task(Protocol):
    """A model and its data."""

    def __call__(self, way: str, seed: int, steps: int) -> Run:
        """Train the model from the values of a way and a seed."""


@dataclass(frozen=True)
class Data:
    """Inputs and labels for training, and for the loss at the end."""

    inputs: NDArray[Any]
    labels: NDArray[Any]
    held_inputs: NDArray[Any]
    held_labels: NDArray[Any]
    batch: int

    def batches(self, seed: int, steps: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        """Yield the batches of a seed."""
        order = np.random.default_rng(seed)
        for _ in range(steps):
            chosen = order.integers(len(self.inputs), size=self.batch)
            yield self.inputs[chosen], self.labels[chosen]


class Subject(NamedTuple):
    """What is trained: the constructor of a model, the schemes of its parameters, and data."""

    model: Callable[..., Any]
    schemes: Any
    data: Data


@functools.cache
def digits(channel_axis: int) -> Data:
    """Return the digits, twice as large in each direction: 16 x 16 from 0 to 1, one channel."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

    images, labels = load_digits(return_X_y=True)
    images = (images.reshape(-1, 8, 8) / 16).astype(np.float32).repeat(2, 1).repeat(2, 2)
    images = np.expand_dims(images, channel_axis)
    labels = labels.astype(np.int64)
    held = np.arange(len(images)) % 5 == 0
    return Data(images[~held], labels[~held], images[held], labels[held], IMAGES)


@functools.cache
def text() -> tuple[Data, int]:
    """Return windows of the text, with the next characters as labels, and the number of kinds."""
    from pydoc_data.topics import topics  # noqa: PLC0415

    raw = "\n".join(topics[name] for name in sorted(topics)).encode("ascii", "ignore")
    kinds, codes = np.unique(np.frombuffer(raw, np.uint8), return_inverse=True)
    windows = np.lib.stride_tricks.sliding_window_view(codes.astype(np.int64), CONTEXT + 1)
    split = len(windows) * 9 // 10
    held = windows[split + CONTEXT :: len(windows) // 3000]
    inputs, held_inputs = windows[:split, :-1], held[:, :-1]
    return Data(inputs, windows[:split, 1:], held_inputs, held[:, 1:], TEXTS), len(kinds)


# PyTorch.


def torch_model(subject: Subject, way: str, seed: int) -> Any:
    """Return a model of PyTorch by one of the ways."""
    import torch  # noqa: PLC0415 - slow to import

    import fastinit.torch  # noqa: PLC0415

    if way == DROP_IN:
        with fastinit.torch.accelerate(seed=seed):
            return subject.model()
    if way == BY_NAME:
        with torch.device("meta"):
            model = subject.model()
        model.to_empty(device="cpu")
        fastinit.torch.init_module(model, seed=seed, schemes=subject.schemes)
        return model
    torch.manual_seed(seed)
    model = subject.model()
    if way == WRONG:
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim > 1:
                    parameter.mul_(GAIN)
    return model


def torch_run(subject: Subject, way: str, seed: int, steps: int) -> Run:
    """Train a model of transformers."""
    import torch  # noqa: PLC0415 - slow to import

    def loss_of(inputs: NDArray[Any], labels: NDArray[Any]) -> Any:
        logits = model(torch.from_numpy(np.ascontiguousarray(inputs))).logits
        wanted = torch.from_numpy(np.ascontiguousarray(labels)).flatten()
        return torch.nn.functional.cross_entropy(logits.flatten(0, -2), wanted)

    model = torch_model(subject, way, seed).train()
    optimizer = torch.optim.AdamW(model.parameters(), RATE, fused=True)
    data = subject.data
    losses = []
    for batch in data.batches(seed, steps):
        loss = loss_of(*batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        held_out = loss_of(data.held_inputs, data.held_labels).item()
    return Run(losses, held_out)


def torch_task(name: str) -> Task:
    """Return a task of PyTorch, with a model of transformers."""
    import transformers  # noqa: PLC0415 - slow to import

    from fastinit.torch import recipes  # noqa: PLC0415

    _, kinds = text()
    width: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    gpt2 = transformers.GPT2Config(
        vocab_size=kinds, n_positions=CONTEXT, n_embd=32, n_layer=2, n_head=2,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0,
        use_cache=False,
    )  # fmt: skip
    llama = transformers.LlamaConfig(vocab_size=kinds, use_cache=False, **width)
    vit = transformers.ViTConfig(
        image_size=16, patch_size=4, num_channels=1, num_labels=10, **width
    )
    resnet = transformers.ResNetConfig(
        num_channels=1, embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1],
        layer_type="basic", num_labels=10,
    )  # fmt: skip
    of_resnet = {
        "*normalization.weight": "ones",
        "*normalization.bias": "zeros",
        "classifier.*": "default",
        "*": {"scheme": "he_normal", "mode": "fan_out"},
    }
    language, images = text()[0], digits(1)
    subjects = {
        "GPT-2": Subject(lambda: transformers.GPT2LMHeadModel(gpt2), recipes.gpt2(2), language),
        "Llama": Subject(lambda: transformers.LlamaForCausalLM(llama), recipes.llama(), language),
        "ViT": Subject(lambda: transformers.ViTForImageClassification(vit), recipes.vit(), images),
        "ResNet": Subject(
            lambda: transformers.ResNetForImageClassification(resnet), of_resnet, images
        ),
    }
    return functools.partial(torch_run, subjects[name])


# Flax.


def flax_run(subject: Subject, way: str, seed: int, steps: int) -> Run:
    """Train a model of Flax linen."""
    import jax  # noqa: PLC0415 - slow to import
    import jax.numpy as jnp  # noqa: PLC0415

    import fastinit.jax  # noqa: PLC0415

    model_class, schemes, data = subject
    key, example = jax.random.key(seed), jnp.asarray(data.inputs[:1])
    if way == DROP_IN:
        variables = model_class(fastinit.jax.initializers).init(key, example)
    elif way == BY_NAME:
        abstract = jax.eval_shape(model_class(jax.nn.initializers).init, key, example)
        variables = fastinit.jax.init_tree(abstract, seed, schemes)
    else:
        variables = compiled(model_class).init(key, example)
    if way == WRONG:
        variables = jax.tree.map(lambda x: x * GAIN if x.ndim > 1 else x, variables)
    programs = compiled(model_class)
    params, rest = variables["params"], {k: v for k, v in variables.items() if k != "params"}
    state, losses = programs.start(params), []
    for batch in data.batches(seed, steps):
        params, rest, state, loss = programs.step(params, rest, state, *batch)
        losses.append(loss)
    held_out = programs.evaluate(params, rest, data.held_inputs, data.held_labels)
    return Run(np.asarray(losses).tolist(), float(held_out))


class Programs(NamedTuple):
    """Compiled functions of a model of Flax, which all ways share."""

    init: Callable[..., Any]
    start: Callable[..., Any]
    step: Callable[..., Any]
    evaluate: Callable[..., Any]


@functools.cache
def compiled(model_class: Callable[..., Any]) -> Programs:
    """Return the programs that make, train and evaluate a model with Flax alone."""
    import jax  # noqa: PLC0415 - slow to import
    import optax  # noqa: PLC0415

    model, optimizer = model_class(jax.nn.initializers), optax.adamw(RATE)

    def mean_loss(logits: Any, labels: Any) -> Any:
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    def loss_of(params: Any, rest: Any, inputs: Any, labels: Any) -> Any:
        options = {"train": True, "mutable": list(rest)} if rest else {}
        got = model.apply({"params": params, **rest}, inputs, **options)
        logits, new = got if rest else (got, rest)
        return mean_loss(logits, labels), new

    def step(params: Any, rest: Any, state: Any, *batch: Any) -> Any:
        (loss, rest), slope = jax.value_and_grad(loss_of, has_aux=True)(params, rest, *batch)
        change, state = optimizer.update(slope, state, params)
        return optax.apply_updates(params, change), rest, state, loss

    def evaluate(params: Any, rest: Any, inputs: Any, labels: Any) -> Any:
        return mean_loss(model.apply({"params": params, **rest}, inputs), labels)

    return Programs(jax.jit(model.init), optimizer.init, jax.jit(step), jax.jit(evaluate))


def flax_task(name: str) -> Task:
    """Return a task of Flax, with a model that bench/whole_models.py measures in its full size."""
    from models import flax_models  # noqa: PLC0415

    _, kinds = text()
    gpt2 = functools.partial(
        flax_models.gpt2_class(), vocabulary=kinds, width=32, layers=2, heads=2, positions=CONTEXT
    )
    resnet = functools.partial(
        flax_models.resnet_class(), depths=(1, 1), width=8, classes=10, patch=3
    )
    subjects = {
        "GPT-2": Subject(gpt2, flax_models.gpt2_schemes(2), text()[0]),
        "ResNet": Subject(resnet, flax_models.RESNET_SCHEMES, digits(-1)),
    }
    return functools.partial(flax_run, subjects[name])


# Keras.


def keras_run(way: str, seed: int, steps: int) -> Run:
    """Train a convolutional network of Keras."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import contextlib  # noqa: PLC0415

    import keras  # noqa: PLC0415 - slow to import

    import fastinit.keras  # noqa: PLC0415

    data = digits(-1)
    keras.utils.set_random_seed(seed)
    with fastinit.keras.scope() if way == DROP_IN else contextlib.nullcontext():
        model = keras.Sequential(
            [
                keras.layers.Input((16, 16, 1)),
                keras.layers.Conv2D(8, 3, 2, activation="relu", name="first"),
                keras.layers.Conv2D(16, 3, 2, activation="relu", name="second"),
                keras.layers.Flatten(),
                keras.layers.Dense(10, name="head"),
            ],
            name="model",
        )
    if way == BY_NAME:
        schemes = {"*/kernel": keras.initializers.GlorotUniform(), "*/bias": "zeros"}
        fastinit.keras.init_model(model, seed, schemes)
    if way == WRONG:
        for weight in model.weights:
            if len(weight.shape) > 1:
                weight.assign(weight * GAIN)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(1e-3), loss)
    losses = []
    for batch in data.batches(seed, steps):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(*batch)))
    held_out = model.evaluate(
        data.held_inputs, data.held_labels, batch_size=len(data.held_inputs), verbose=0
    )
    return Run(losses, float(held_out))


#: The tasks by name, each a function that imports what it needs and returns the task.
TASKS: dict[str, Callable[[], Task]] = {
    "GPT-2, PyTorch": lambda: torch_task("GPT-2"),
    "Llama, PyTorch": lambda: torch_task("Llama"),
    "ViT, PyTorch": lambda: torch_task("ViT"),
    "ResNet, PyTorch": lambda: torch_task("ResNet"),
    "GPT-2, Flax": lambda: flax_task("GPT-2"),
    "ResNet, Flax": lambda: flax_task("ResNet"),
    "CNN, Keras": lambda: keras_run,
}
