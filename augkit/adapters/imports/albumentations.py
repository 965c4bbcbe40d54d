"""Pipelines of albumentations 2: objects, or what ``A.to_dict`` and ``A.save`` write of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from augkit import image
from augkit.adapters.imports.albumentations_geometry import GEOMETRY
from augkit.adapters.imports.albumentations_pixels import HINTS, PIXELS, TO_TENSOR
from augkit.adapters.imports.given import Given, NoCounterpartError
from augkit.adapters.imports.report import Built, Imported, Missing, Step, assembled
from augkit.core.combinators import Combinator, OneOf, RandomOrder, SomeOf
from augkit.core.compose import Compose
from augkit.core.errors import SpecError
from augkit.core.transform import Node

__all__ = ["from_albumentations", "load_albumentations"]

_TRANSFORMS = {**GEOMETRY, **PIXELS}
_BOX_FORMATS = {"pascal_voc": "xyxy", "coco": "xywh", "yolo": "yolo"}
_TARGETS = {"image": "image", "mask": "mask", "bboxes": "boxes", "keypoints": "keypoints"}
_ALWAYS = ("Normalize",)
"""What fires always, here."""


def from_albumentations(
    pipeline: Any, *, missing: Missing = "error", seed: int | None = None
) -> Imported:
    """A pipeline of albumentations 2 as one of this library, with every difference told.

    Args:
        pipeline: an ``A.Compose``, any transform of it, or what ``A.to_dict`` made of one; then
            albumentations need not be installed.
        missing: ``"error"`` (default) tells all transforms without a counterpart and stops;
            ``"skip"`` leaves them out.
        seed: of the new pipeline; albumentations saves none.

    Raises:
        MissingTransformError: transforms have no counterpart, and are not to be left out.
        SpecError: it is no pipeline of albumentations.

    >>> saved = {"__class_fullname__": "Rotate", "p": 0.5, "limit": [-25.0, 25.0]}
    >>> imported = from_albumentations({"__version__": "2.0.8", "transform": saved}, seed=7)
    >>> imported.pipeline.to_dict()["pipeline"]
    [{'Rotate': {'p': 0.5, 'degrees': [-25.0, 25.0]}}]
    >>> imported.exact
    True
    """
    version, root = _root(pipeline)
    reading = _Reading()
    library = f"albumentations {version}".strip()
    if _name(root) in ("Compose", "ReplayCompose"):
        p = root.get("p", 1.0)
        built, last = reading.all(root.get("transforms", []), "")
        if p != 1 and built:
            inner = Compose([one.node for one in built], p=p)
            built = [Built(inner, children=built)]
        settings, notes = _settings(root)
    else:
        built, last = reading.all([root], "")
        settings, notes = {}, []
    return assembled(
        built,
        reading.steps,
        last,
        library=library,
        missing=missing,
        modality="image",
        notes=notes,
        settings={**settings, **({} if seed is None else {"seed": seed})},
    )


def load_albumentations(
    path: str | os.PathLike[str], *, missing: Missing = "error", seed: int | None = None
) -> Imported:
    """The same of a file that ``A.save`` has written, as JSON or YAML.

    Raises `SpecError` also where the file is neither.
    """
    import yaml

    text = Path(path).read_text(encoding="utf-8")
    try:
        data = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise SpecError(f"{os.fspath(path)} is neither JSON nor YAML: {error}") from None
    return from_albumentations(data, missing=missing, seed=seed)


def _root(pipeline: Any) -> tuple[str, dict[str, Any]]:
    """The version that has written it, and the description of its outermost transform."""
    if not isinstance(pipeline, Mapping):
        if not hasattr(pipeline, "to_dict"):
            raise SpecError(
                f"{pipeline!r} is no pipeline of albumentations, nor what A.to_dict makes"
            )
        try:
            pipeline = pipeline.to_dict()
        except (TypeError, ValueError, NotImplementedError) as error:
            raise SpecError(f"albumentations cannot describe the pipeline: {error}") from error
    version = str(pipeline.get("__version__", ""))
    root = pipeline.get("transform", pipeline)
    if not isinstance(root, Mapping) or "__class_fullname__" not in root:
        raise SpecError(
            "this is no pipeline of albumentations: A.to_dict and A.save write __class_fullname__"
        )
    return version, dict(root)


def _with_tensors(described: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The descriptions, with a ToTensorV2 that follows a Normalize as a part of it."""
    merged: list[Mapping[str, Any]] = []
    for one in described:
        fits = _name(one) == "ToTensorV2" and one.get("p", 1.0) == 1
        if merged and _name(merged[-1]) == "Normalize" and fits and not one.get("transpose_mask"):
            merged[-1] = {**merged[-1], TO_TENSOR: True}
        else:
            merged.append(one)
    return merged


def _name(described: Mapping[str, Any]) -> str:
    return str(described.get("__class_fullname__", "")).rpartition(".")[2]


class _Reading:
    """Goes through the descriptions in order; keeps what became of each."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def all(
        self, described: Sequence[Any], above: str, *, chosen: bool = False
    ) -> tuple[list[Built], list[str]]:
        """What a list of transforms becomes; and comments on those at its end that are left out.

        ``chosen`` is for those that fire whenever their turn comes, whatever their ``p``.
        """
        built: list[Built] = []
        pending: list[str] = []
        for one in _with_tensors(described):
            found = self.one(one, above, chosen=chosen)
            if isinstance(found, Step):
                pending.append(f"left out: {found.source}: {'; '.join(found.notes)}")
                continue
            for each in found:
                each.comments[:0], pending = pending, []
            built += found
        return built, pending

    def one(self, described: Mapping[str, Any], above: str, *, chosen: bool) -> list[Built] | Step:
        """What one transform becomes: none or more nodes, or a step that is left out."""
        name = _name(described)
        path = f"{above}/{name}" if above else name
        p = 1.0 if chosen else float(described.get("p", 1.0))
        place = len(self.steps)
        parameters = {
            key: value
            for key, value in described.items()
            if key not in ("__class_fullname__", "p", "always_apply", "id")
        }
        given = Given(name, parameters)
        try:
            built = self._converted(name, given, path, p, described)
            given.finished()
        except (NoCounterpartError, TypeError, ValueError, KeyError) as error:
            # An option that is not understood, or a value that is out of range here.
            step = Step(path, "left out", (str(error),))
            self.steps[place:] = [step]
            return step
        self.steps.insert(
            place, Step(path, "approximate" if given.notes else "exact", tuple(given.notes))
        )
        if built and given.notes:
            built[0].comments += [f"{name}: {note}" for note in given.notes]
        return built

    def _converted(
        self, name: str, given: Given, path: str, p: float, described: Mapping[str, Any]
    ) -> list[Built]:
        if name in ("Compose", "Sequential"):
            return self._sequence(given, path, p)
        if name in ("OneOf", "OneOrOther"):
            return self._one_of(name, given, path, p, described)
        if name in ("SomeOf", "RandomOrder"):
            return self._some_of(name, given, path, p)
        if name not in _TRANSFORMS:
            given.refuse(HINTS.get(name) or "no transform here does the same")
        nodes = list(_TRANSFORMS[name](given))
        if name in _ALWAYS and p != 1:
            given.refuse(f"p={p:g}: {name} changes what an image is, so it fires always here")
        return _with_probability(nodes, p)

    def _children(
        self, given: Given, path: str, *, chosen: bool = False
    ) -> tuple[list[Built], list[str]]:
        return self.all(given.take("transforms", []), path, chosen=chosen)

    def _sequence(self, given: Given, path: str, p: float) -> list[Built]:
        children, last = self._children(given, path)
        _told(last, given)
        for name in ("bbox_params", "keypoint_params", "additional_targets", "is_check_shapes"):
            given.take(name)
        return _grouped(Compose, children, p)

    def _one_of(
        self, name: str, given: Given, path: str, p: float, described: Mapping[str, Any]
    ) -> list[Built]:
        """Whoever is chosen fires; its own ``p`` is its weight."""
        weights = [float(one.get("p", 1.0)) for one in described.get("transforms", [])]
        if name == "OneOrOther":
            weights, p = [p, 1 - p], 1.0
        children: list[Built] = []
        kept: list[float] = []
        for one, weight in zip(given.take("transforms", []), weights, strict=False):
            found, last = self.all([one], path, chosen=True)
            _told(last, given)
            if not last:
                children.append(_as_one(found))
                kept.append(weight)
        if not children:
            given.refuse("nothing is left of it")
        equal = all(weight == kept[0] for weight in kept)
        nodes = [one.node for one in children]
        return [Built(OneOf(nodes, weights=None if equal else kept, p=p), children=children)]

    def _some_of(self, name: str, given: Given, path: str, p: float) -> list[Built]:
        transforms = given.take("transforms", [])
        children: list[Built] = []
        for one in transforms:
            found, last = self.all([one], path)
            _told(last, given)
            children += [] if last else [_as_one(found)]
        if not children:
            given.refuse("nothing is left of it")
        n, again = int(given.take("n", 1)), bool(given.take("replace", False))
        nodes = [one.node for one in children]
        if name == "RandomOrder" and (again or n < len(transforms)):
            given.refuse("some of several, in random order; SomeOf keeps their order")
        if name == "RandomOrder":
            return [Built(RandomOrder(nodes, p=p), children=children)]
        if again:
            given.note("those that are chosen twice are applied in the order drawn")
        n = n if again else min(n, len(nodes))
        return [Built(SomeOf(nodes, n=n, replace=again, p=p), children=children)]


def _told(last: Sequence[str], given: Given) -> None:
    for line in last:
        given.note(line)


def _grouped(
    kind: type[Compose] | type[Combinator], children: list[Built], p: float
) -> list[Built]:
    return [Built(kind([one.node for one in children], p=p), children=children)]


def _as_one(built: list[Built]) -> Built:
    """What one transform became, as one candidate among others; nothing is one as well."""
    if not built:
        return Built(image.HorizontalFlip(p=0.0), ["this one does nothing (NoOp)"])
    return built[0] if len(built) == 1 else _grouped(Compose, built, 1.0)[0]


def _with_probability(nodes: list[Node], p: float) -> list[Built]:
    """Nodes that fire together."""
    if len(nodes) == 1:
        node = nodes[0]
        fires = node.p * p
        return [Built(node if fires == node.p else replace(node, p=fires))]
    if p == 1:
        return [Built(node) for node in nodes]
    return _grouped(Compose, [Built(node) for node in nodes], p) if nodes else []


def _settings(root: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What holds for the whole pipeline: how boxes and keypoints are written and filtered."""
    settings: dict[str, Any] = {}
    notes: list[str] = []
    boxes = root.get("bbox_params")
    if boxes:
        if boxes.get("format") not in _BOX_FORMATS:
            raise SpecError(
                f"boxes in the format {boxes.get('format')!r} are not known here: convert them to "
                "pascal_voc, coco or yolo"
            )
        settings["box_format"] = _BOX_FORMATS[boxes["format"]]
        settings["min_area"] = float(boxes.get("min_area") or 0)
        settings["min_visibility"] = float(boxes.get("min_visibility") or 0)
        notes.append("Boxes are given as boxes= (there bboxes=), their classes as labels=.")
        fields = boxes.get("label_fields") or []
        if len(fields) > 1:
            notes.append(
                f"Of the label fields {', '.join(fields)}, one goes with the boxes: labels=."
            )
        if settings["min_visibility"] or settings["min_area"]:
            notes.append("Boxes are filtered once, at the end, against the original.")
        for name in ("min_width", "min_height", "max_accept_ratio"):
            if boxes.get(name):
                notes.append(f"Boxes are not filtered by {name}={boxes[name]:g}.")
    points = root.get("keypoint_params")
    if points:
        if points.get("format") != "xy":
            raise SpecError(f"keypoints in the format {points.get('format')!r}: give them as xy")
        settings["keypoints_at"] = "centers"
        if not points.get("remove_invisible", True):
            settings["keep_outside"] = True
    extra = root.get("additional_targets") or {}
    if extra:
        settings["targets"] = {name: _TARGETS.get(kind, kind) for name, kind in extra.items()}
    return settings, notes
