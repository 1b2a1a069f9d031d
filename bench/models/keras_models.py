"""ResNet-50 and VGG16 of `keras.applications`, on the backend that KERAS_BACKEND names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models import Ways

OWN, SCOPE, BY_NAME = "the library's constructor", "`scope`", "`scope`, then `init_model`"
LIBRARY = (OWN,)


def ways(name: str) -> Ways:
    """Return the ways to a model of `keras.applications`."""
    import keras  # noqa: PLC0415 - slow to import

    import fastinit.keras  # noqa: PLC0415

    def own() -> Any:
        return getattr(keras.applications, name)(weights=None)

    def in_scope() -> Any:
        with fastinit.keras.scope():
            return own()

    def by_name() -> Any:
        model = in_scope()
        fastinit.keras.init_model(model, 0, schemes(model))
        return model

    return {OWN: own, SCOPE: in_scope, BY_NAME: by_name}


def schemes(model: Any) -> dict[str, Any]:
    """Return the schemes of Keras itself, of the kinds of weights that a model has."""
    import keras  # noqa: PLC0415

    every = {
        "*/kernel": keras.initializers.GlorotUniform(),
        "*/bias": "zeros",
        "*/beta": "zeros",
        "*/gamma": "ones",
        "*/moving_mean": "zeros",
        "*/moving_variance": "ones",
    }
    kinds = {weight.path.rsplit("/", 1)[1] for weight in model.weights}
    return {pattern: each for pattern, each in every.items() if pattern[2:] in kinds}


MODELS = {
    "ResNet-50, float32": lambda: ways("ResNet50"),
    "VGG16, float32": lambda: ways("VGG16"),
}


def start(cpus: int) -> None:
    """Start the backend."""
    import keras  # noqa: PLC0415

    from models import flax_models, pytorch_models  # noqa: PLC0415

    of_backend = {"torch": pytorch_models.start, "jax": flax_models.start}
    of_backend[keras.backend.backend()](cpus)


def size(model: Any) -> tuple[int, int]:
    """Return the elements and bytes of a model's parameters."""
    elements = model.count_params()
    return elements, 4 * elements
