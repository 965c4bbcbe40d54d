"""The JSON Schema of specs: valid itself, and of one mind with what builds them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import augkit
from augkit import Compose, OneOf, RandomOrder, SomeOf, SpecError, image
from augkit.core.fields import options_of, parameters_of
from augkit.core.registry import COMBINATORS
from augkit.core.schema import properties_of, schema
from augkit.core.schema_check import fits, words
from augkit.core.spec import build, load, presets

SCHEMA = schema("image")
VALIDATOR = Draft202012Validator(SCHEMA)


def spec_of(*steps: Any, **top: Any) -> dict[str, Any]:
    return {"augkit": 1, "modality": "image", **top, "pipeline": list(steps)}


def both(spec: Any) -> tuple[bool, bool]:
    """What the schema and what the builder think of a spec."""
    try:
        build(spec)
        built = True
    except SpecError:
        built = False
    return VALIDATOR.is_valid(spec), built


def test_it_is_a_valid_schema_and_plain_json() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA
    assert augkit.schema("image") == SCHEMA


def test_every_transform_and_combinator_stands_in_it() -> None:
    assert set(SCHEMA["$defs"]) == {"step", *image.TRANSFORMS, *COMBINATORS}


@pytest.mark.parametrize("name", image.TRANSFORMS)
def test_every_field_is_described_with_its_default(name: str) -> None:
    cls = getattr(image, name)
    assert SCHEMA["$defs"][name]["description"]
    for field, found in properties_of(cls).items():
        assert found.get("description"), f"{name}.{field} has no description"
        if field != "id":
            assert set(found) & {"type", "enum", "anyOf", "oneOf"}, f"{name}.{field} takes anything"
        if "default" in found:
            assert Draft202012Validator(found).is_valid(found["default"])


@pytest.mark.parametrize("name", image.TRANSFORMS)
def test_defaults_and_bare_names_are_accepted(name: str) -> None:
    for step in (name, {name: None}, {name: {}}, {name: {"p": 1, "id": "mine"}}):
        assert both(spec_of(step)) == (True, True)


@pytest.mark.parametrize("name", image.TRANSFORMS)
def test_every_parameter_is_of_one_mind(name: str) -> None:
    """Each value of a set of good and bad ones, for each field, is judged alike."""
    values: list[Any] = [
        *(0, 1, 2, 0.5, -1, -0.25, 1e6 + 0.5, True, False, None, "linear", "no", ""),
        *([], [1], [0, 1], [0.25, 0.5], [1, 2, 3], ["a", "b"], [True, True], {}, {"choice": []}),
        *(
            {"choice": [1]},
            {"choice": ["a"]},
            {"choice": [0.5], "weights": [1]},
            {"normal": [0, 1]},
        ),
        *({"log_uniform": [0.5, 1]}, {"log_uniform": [0, 1]}, {"beta": [1, 1]}, {"beta": [0, 1]}),
        *(
            {"x": 0, "y": 0},
            {"x": 1},
            {"x": [0, 1], "y": {"choice": [0]}},
            {"x": 0, "y": 0, "z": 0},
        ),
    ]
    cls = getattr(image, name)
    for field in [*parameters_of(cls), *options_of(cls), "p", "id", "unknown"]:
        for value in values:
            accepted, built = both(spec_of({name: {field: value}}))
            if built:
                assert accepted, f"{name}.{field}: {value!r} is built, but the schema refuses it"
            elif field in parameters_of(cls) and not _needs_more(cls, field, value):
                assert not accepted, f"{name}.{field}: {value!r} is refused, but fits the schema"


def _needs_more(cls: Any, field: str, value: Any) -> bool:
    """What no schema can say: how fields fit one another, how far a normal distribution reaches."""
    known = parameters_of(cls)[field]
    try:
        known.canonical(field, value)
    except (ValueError, TypeError):
        return isinstance(value, dict) and "normal" in value
    return True


GOOD: list[Any] = [
    spec_of(),
    spec_of("HorizontalFlip", seed=0, fuse=False, targets={"depth": "map"}),
    spec_of(box_format="yolo", min_visibility=0.5, keep_outside=True),
    spec_of({"OneOf": ["Transpose", {"Rotate": {"degrees": [0, 1]}}]}),
    spec_of({"OneOf": {"transforms": ["Transpose"], "weights": [2], "p": 0.5}}),
    spec_of({"SomeOf": {"transforms": ["Transpose", "VerticalFlip"], "n": [0, 2]}}),
    spec_of({"RandomOrder": []}, {"Compose": [{"OneOf": ["Transpose"]}]}),
]
BAD: list[Any] = [
    None,
    [],
    {},
    {"augkit": 2, "modality": "image", "pipeline": []},
    {"augkit": 1, "modality": "images", "pipeline": []},
    {"augkit": 1, "modality": "image"},
    {"augkit": 1, "modality": "image", "pipeline": {}},
    spec_of(seed=-1),
    spec_of(seed=1.5),
    spec_of(seed=True),
    spec_of(fuse="no"),
    spec_of(targets={"depth": 1}),
    spec_of(targets=[]),
    spec_of(unknown=1),
    spec_of("Rotat"),
    spec_of(5),
    spec_of({}),
    spec_of({"Rotate": {}, "Transpose": {}}),
    spec_of({"Rotate": 20}),
    spec_of({"Rotate": []}),
    spec_of("OneOf"),
    spec_of({"OneOf": []}),
    spec_of({"OneOf": None}),
    spec_of({"OneOf": {"weights": [1]}}),
    spec_of({"OneOf": {"transforms": ["Transpose"], "weights": [-1]}}),
    spec_of({"OneOf": ["Transpos"]}),
    spec_of({"SomeOf": {"transforms": ["Transpose"], "n": -1}}),
    spec_of({"SomeOf": {"transforms": ["Transpose"], "replace": 1}}),
    spec_of({"Compose": {"transforms": [], "seed": 1}}),
]


@pytest.mark.parametrize("spec", GOOD, ids=str)
def test_good_specs(spec: Any) -> None:
    assert both(spec) == (True, True)


@pytest.mark.parametrize("spec", BAD, ids=str)
def test_bad_specs(spec: Any) -> None:
    assert both(spec) == (False, False)


@pytest.mark.parametrize("name", presets())
def test_presets(name: str) -> None:
    spec = load(name).to_dict()
    assert build(spec)
    assert Draft202012Validator(schema(spec["modality"])).is_valid(spec)


nodes = st.recursive(
    st.builds(
        image.Rotate,
        degrees=st.one_of(st.integers(-90, 90), st.tuples(st.integers(-9, 0), st.integers(1, 9))),
        border=st.sampled_from(["constant", "wrap"]),
        p=st.floats(0, 1),
    )
    | st.builds(image.Shear, shear=st.fixed_dictionaries({"x": st.just(1), "y": st.floats(-9, 9)}))
    | st.builds(image.Resize, size=st.tuples(st.integers(1, 9), st.integers(1, 9))),
    lambda inner: st.builds(
        lambda kind, children, p: kind(children, p=p),
        st.sampled_from([OneOf, SomeOf, RandomOrder, Compose]),
        st.lists(inner, min_size=1, max_size=3),
        st.floats(0, 1),
    ),
    max_leaves=4,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(nodes, max_size=3), st.integers(0, 2**64))
def test_what_a_pipeline_writes_is_accepted_and_gives_it_back(made: list[Any], seed: int) -> None:
    pipeline = Compose(made, seed=seed)
    spec = json.loads(json.dumps(pipeline.to_dict()))
    VALIDATOR.validate(spec)
    assert build(spec) == pipeline


# -- the small validator -----------------------------------------------------------------------

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, -0.5])
    | st.sampled_from("ab"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2)
    ),
    max_leaves=5,
)
schemas = st.sampled_from(
    [found for name in image.TRANSFORMS for found in properties_of(getattr(image, name)).values()]
    + [
        {"type": ["integer", "array", "null"], "items": {"type": "integer"}, "minItems": 1},
        {"oneOf": [{"type": "number"}, {"type": "integer", "minimum": 2}]},
        {"type": "object", "required": ["x"], "additionalProperties": {"type": "string"}},
        {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "number"}},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"const": True},
        {"enum": [1, "a", None]},
    ]
)


@settings(deadline=None, max_examples=500)
@given(value=values, one=schemas)
def test_fits_is_of_one_mind_with_jsonschema(value: Any, one: dict[str, Any]) -> None:
    assert fits(value, one) == Draft202012Validator(one).is_valid(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_json_has_not_fits_nothing(value: float) -> None:
    assert not fits(value, {"type": "number"})


@pytest.mark.parametrize(
    ("one", "said"),
    [
        ({"type": "integer", "minimum": 1}, "a whole number of at least 1"),
        ({"type": "number", "minimum": 0, "maximum": 1}, "a number within [0, 1]"),
        ({"type": "number", "exclusiveMinimum": 0}, "a number above 0"),
        ({"type": "number", "maximum": 2}, "a number of at most 2"),
        ({"enum": ["a", None, True, 1]}, "one of 'a', null, true, 1"),
        ({"type": ["integer", "null"]}, "a whole number or null"),
        (
            {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            "a list of 2, each a number",
        ),
        ({"type": "object", "properties": {"x": {}, "y": {}}}, "a mapping with x, y"),
    ],
)
def test_words(one: dict[str, Any], said: str) -> None:
    assert words(one) == said
