"""The free list of layers in an experiment: what each may be given, and the layers themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from augkit.core.registry import did_you_mean
from augkit.core.schema_check import fits, shown, words

__all__ = ["LAYERS", "check_layers", "layers_of"]

_WHOLE = {"type": "integer", "minimum": 1}
_FLAG = {"type": "boolean"}
_INITIALIZER = {
    "enum": [
        "he", "he-uniform", "xavier", "xavier-uniform", "orthogonal", "zeros", "constant", "large",
    ]
}  # fmt: skip
_OPEN = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
_POOL = {"size": {"type": "integer", "minimum": 1, "maximum": 15}, "stride": _WHOLE}

LAYERS: dict[str, dict[str, dict[str, Any]]] = {
    "Dense": {"units": _WHOLE, "initializer": _INITIALIZER, "bias": _FLAG},
    "Conv2D": {
        "filters": _WHOLE,
        "size": _WHOLE,
        "stride": _WHOLE,
        "padding": {"anyOf": [{"enum": ["same", "valid"]}, {"type": "integer", "minimum": 0}]},
        "initializer": _INITIALIZER,
        "bias": _FLAG,
    },
    "MaxPool2D": _POOL,
    "AvgPool2D": _POOL,
    "GlobalAvgPool": {},
    "Flatten": {},
    "Embedding": {"dimensions": _WHOLE, "initializer": _INITIALIZER},
    "EmbeddingBag": {"dimensions": _WHOLE, "initializer": _INITIALIZER},
    "SimpleRNN": {"units": _WHOLE, "sequences": _FLAG, "initializer": _INITIALIZER},
    "BatchNorm": {
        "statistics": {"enum": ["training-set", "moving"]},
        "decay": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "epsilon": {"type": "number", "exclusiveMinimum": 0},
    },
    "LayerNorm": {"epsilon": {"type": "number", "exclusiveMinimum": 0}},
    "Dropout": {"rate": {"type": "number", "minimum": 0, "exclusiveMaximum": 1}},
    "ReLU": {},
    "LeakyReLU": {"slope": _OPEN},
    "Tanh": {},
    "Logistic": {},
}
"""Each layer with the JSON Schema of what it takes; the tokens of an embedding come from the data."""

_NEEDED = {
    "Dense": "units", "Conv2D": "filters", "Embedding": "dimensions", "EmbeddingBag": "dimensions",
    "SimpleRNN": "units", "Dropout": "rate",
}  # fmt: skip


def check_layers(reader: Any, given: Any) -> None:
    """Report everything that is wrong with ``model.layers``, as augkit does with a pipeline.

    Args:
        reader: has ``report(way, where, message, key=...)``.
        given: what stands in the file.
    """
    way: tuple[Any, ...] = ("model", "layers")
    if not isinstance(given, list) or not given:
        reader.report(way, "model.layers", f"must be a list of layers, got {shown(given)}")
        return
    seen: dict[str, int] = {}
    inner: Any
    for position, item in enumerate(given):
        at = (*way, position)
        if isinstance(item, str):
            name, inner = item, {}
        elif isinstance(item, Mapping) and len(item) == 1:
            name, inner = next(iter(item.items()))
            at = (*at, name)
        else:
            said = "a layer is a name, or a name with its parameters, as {Dense: {units: 50}}"
            reader.report(at, "model.layers", f"{said}; got {shown(item)}")
            continue
        if name == "Softmax":
            said = "leave out the Softmax: the loss takes logits, and contains it"
            reader.report(at, "model.layers", said, key=True)
            continue
        if name not in LAYERS:
            hint = did_you_mean(name, LAYERS) or f"; there are {', '.join(LAYERS)}"
            reader.report(at, "model.layers", f"there is no layer {name!r}{hint}", key=True)
            continue
        seen[name] = seen.get(name, 0) + 1
        where = f"model.layers/{name}" + ("" if seen[name] == 1 else f"#{seen[name]}")
        _check_layer(reader, at, where, name, {} if inner is None else inner)


def _check_layer(reader: Any, at: Any, where: str, name: str, inner: Any) -> None:
    known = LAYERS[name]
    if not isinstance(inner, Mapping):
        first = next(iter(known), None)
        takes = f"takes {{{first}: ...}}" if first else "takes no parameters"
        reader.report(at, where, f"{takes}, got {shown(inner)}")
        return
    needed = _NEEDED.get(name)
    if needed is not None and needed not in inner:
        reader.report(at, where, f"needs {needed}: {words(known[needed])}", key=True)
    for key, value in inner.items():
        if key not in known:
            hint = did_you_mean(key, known) or (
                f"; it takes {', '.join(known)}" if known else "; it takes none"
            )
            reader.report((*at, key), where, f"unknown parameter {key!r}{hint}", key=True)
        elif not fits(value, known[key]):
            reader.wrong((*at, key), f"{where}.{key}", value, known[key])


def layers_of(given: Sequence[Any], *, tokens: int | None = None) -> list[Any]:
    """The layers of a list that `check_layers` has nothing against.

    Args:
        given: names, or one name with its parameters each.
        tokens: how many different tokens the texts have; 0 is padding.

    >>> layers_of([{"Dense": {"units": 3}}, "ReLU"])
    [Dense(units=3, initializer=None, has_bias=True), ReLU()]
    """
    import regtrain

    made = []
    for item in given:
        name, inner = (item, None) if isinstance(item, str) else next(iter(item.items()))
        settings = dict(inner or {})
        if name in ("Embedding", "EmbeddingBag"):
            if tokens is None:
                raise ValueError(
                    f"model.layers/{name}: is for texts; these data are numbers, begin with another"
                )
            settings = {"tokens": tokens, "padding": 0, **settings}
        made.append(getattr(regtrain, name)(**settings))
    return made
