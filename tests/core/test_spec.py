"""Specs: what is read from YAML, TOML and JSON, what is told about mistakes, and the way back."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augkit import (
    Compose,
    OneOf,
    RandomOrder,
    SomeOf,
    SpecError,
    choice,
    image,
    log_uniform,
    normal,
)
from augkit.core.fields import LARGEST, option, parameter, parameters_of
from augkit.core.spec import build, check, load, parse, presets, save
from augkit.core.spec_text import TextError, decode, read
from augkit.core.spec_write import write
from augkit.core.transform import Transform

HEAD = "augkit: 1\nmodality: image\n"
FORMATS = ("yaml", "toml", "json")


def told(text: str, format: str = "yaml") -> list[str]:
    """The problems of a spec, as they are shown."""
    return [str(problem) for problem in check(text + "\n", format)]


def steps(*lines: str) -> list[str]:
    """The problems of a pipeline of these steps, without their places."""
    text = HEAD + "pipeline:\n" + "".join(f"  - {line}\n" for line in lines)
    return [problem.partition("  ")[2] for problem in told(text)]


# -- what can be said --------------------------------------------------------------------------


def test_the_example_of_the_documentation() -> None:
    pipeline = parse(
        """
augkit: 1
modality: image
seed: 7
pipeline:
  - HorizontalFlip: {p: 0.5}
  - Rotate: {degrees: [-20, 20]}
  - OneOf:
      - Zoom: {scale: [0.8, 1.2]}
      - Rotate: {degrees: {choice: [0.8, 1.25]}}
"""
    )
    assert pipeline == Compose(
        [
            image.HorizontalFlip(p=0.5),
            image.Rotate(degrees=(-20, 20)),
            OneOf([image.Zoom(scale=(0.8, 1.2)), image.Rotate(degrees=choice([0.8, 1.25]))]),
        ],
        seed=7,
    )


def test_a_step_is_a_name_a_name_with_nothing_or_a_name_with_parameters() -> None:
    found = build(
        {
            "augkit": 1,
            "modality": "image",
            "pipeline": [
                "Transpose",
                {"Transpose": None},
                {"Transpose": {}},
                {"Transpose": {"p": 1}},
            ],
        }
    )
    assert found.transforms == (image.Transpose(),) * 4


def test_combinators_take_a_list_or_a_mapping() -> None:
    found = parse(
        HEAD
        + """pipeline:
  - OneOf: {transforms: [HorizontalFlip, VerticalFlip], weights: [3, 1], p: 0.5, id: flips}
  - SomeOf: {transforms: [HorizontalFlip, Transpose], n: [0, 2], replace: true}
  - RandomOrder: [HorizontalFlip, {Compose: [Transpose, VerticalFlip]}]
"""
    )
    flips = [image.HorizontalFlip(), image.VerticalFlip()]
    assert found.transforms[0] == OneOf(flips, weights=[3, 1], p=0.5, id="flips")
    assert found.transforms[1] == SomeOf(
        [image.HorizontalFlip(), image.Transpose()], n=(0, 2), replace=True
    )
    assert isinstance(found.transforms[2], RandomOrder)
    assert found.transforms[2].transforms[1] == Compose([image.Transpose(), image.VerticalFlip()])


def test_settings_targets_and_fuse() -> None:
    found = parse(
        HEAD + "box_format: yolo\nmin_area: 4\ntargets: {depth: map}\nfuse: false\npipeline: []\n"
    )
    assert found.settings.box_format == "yolo"
    assert found.settings.min_area == 4
    assert found.targets == {"depth": "map"}
    assert found.fuse is False


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20", 20),
        ("-1e1", -10.0),
        ("[-20, 20]", (-20, 20)),
        ("{choice: [1, 2], weights: [3, 1]}", choice([1, 2], [3, 1])),
        ("{normal: [0, 1.5]}", normal(0, 1.5)),
        ("{log_uniform: [0.5, 2]}", log_uniform(0.5, 2)),
    ],
)
def test_distributions(written: str, expected: Any) -> None:
    found = parse(f"{HEAD}pipeline: [Rotate: {{degrees: {written}}}]")
    assert found.transforms[0].degrees == expected  # type: ignore[attr-defined]


def test_per_axis() -> None:
    found = parse(f"{HEAD}pipeline: [Shear: {{shear: {{x: [-3, 3], y: 1}}}}]")
    assert found.transforms[0] == image.Shear(shear={"x": (-3, 3), "y": 1})


# -- there and back ----------------------------------------------------------------------------


def other_value(known: Any) -> Any:
    """A value of a random parameter that is not the usual one."""
    low = known.low if known.low != -LARGEST else -0.01
    high = known.high if known.high != LARGEST else 0.02
    if known.integer:
        return (math.ceil(low), math.ceil(low) + 1)
    return choice([low + (high - low) / 4, low + (high - low) / 3], [1, 2])


@pytest.mark.parametrize("name", image.TRANSFORMS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_transform_comes_back(name: str, format: str, tmp_path: Path) -> None:
    cls = getattr(image, name)
    made = [cls(), cls(p=0.25 if cls.takes == cls.gives else 1, id="mine")]
    for parameter_name, known in parameters_of(cls).items():
        made.append(_if_possible(cls, {parameter_name: other_value(known)}))
    path = tmp_path / f"pipeline.{format}"
    for transform in filter(None, made):
        pipeline = Compose([transform], seed=3)
        pipeline.save(path)
        again = load(path)
        assert again == pipeline
        assert again.to_dict() == pipeline.to_dict()
        assert again.transforms == pipeline.transforms


def _if_possible(cls: Any, given: dict[str, Any]) -> Any:
    try:
        return cls(**given)
    except ValueError:  # parameters that have to fit one another
        return None


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_spec_gives_the_same_text(format: str, tmp_path: Path) -> None:
    first, second = tmp_path / f"1.{format}", tmp_path / f"2.{format}"
    load("image-strong").save(first)
    load(first).save(second)
    assert first.read_bytes() == second.read_bytes()


def test_yaml_reads_like_the_documentation() -> None:
    pipeline = Compose(
        [
            image.HorizontalFlip(p=0.5),
            image.Transpose(),
            OneOf([image.Rotate(degrees=1e-7), image.VerticalFlip()], weights=[1, 2]),
        ],
        seed=7,
        targets={"left eye": "mask"},
    )
    assert write(pipeline.to_dict(), "yaml") == (
        """\
augkit: 1
modality: image
seed: 7
targets: {"left eye": mask}
pipeline:
  - HorizontalFlip: {p: 0.5}
  - Transpose
  - OneOf:
      transforms:
        - Rotate: {degrees: 1.0e-07}
        - VerticalFlip
      weights: [1, 2]
"""
    )


awkward = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.sampled_from(
        ["no", "off", "yes", "null", "~", "1e3", "012", "1:20", "- x", "a: b", "#", "\t"]
    ),
)


@settings(deadline=None)
@given(name=awkward, format=st.sampled_from(FORMATS), number=st.floats(0, 1))
def test_any_text_and_any_number_survive(name: str, format: str, number: float) -> None:
    spec = {
        "augkit": 1,
        "modality": "image",
        "targets": {name: "mask"},
        "pipeline": [{"HorizontalFlip": {"p": number, "id": name}}],
    }
    assert read(write(spec, format), format).data == spec


def test_yaml_is_also_read_by_others() -> None:
    import yaml

    spec = {"augkit": 1, "pipeline": [{"Rotate": {"degrees": 1e-7, "id": "no"}}, {"Transpose": {}}]}
    text = write(spec, "yaml")
    assert yaml.safe_load(text)["pipeline"] == [
        {"Rotate": {"degrees": 1e-7, "id": "no"}},
        "Transpose",
    ]


def test_toml_has_no_null(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="TOML has no null"):
        save({"augkit": None}, tmp_path / "a.toml")


def test_toml_as_people_write_it() -> None:
    found = parse(
        """
augkit = 1
modality = "image"
[[pipeline]]
[pipeline.Rotate]
degrees = [-20.5, 20]
[[pipeline]]
HorizontalFlip = {p = 0.5}
""",
        "toml",
    )
    assert found.transforms == (image.Rotate(degrees=(-20.5, 20)), image.HorizontalFlip(p=0.5))


# -- files and presets -------------------------------------------------------------------------


def test_presets_load_and_are_listed() -> None:
    known = {"image-light", "image-strong", "audio-light", "audio-strong", "speech", "text-light"}
    assert known <= set(presets())
    for name in presets():
        assert load(name).transforms


def test_a_file_goes_before_a_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load("image-light").transforms
    (tmp_path / "image-light").write_text("x")
    with pytest.raises(SpecError, match=r"ends in \.yaml"):
        load("image-light")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("image-lite", "did you mean 'image-light'"),
        ("nowhere.yaml", "nowhere.yaml  cannot be read: No such file"),
        ("spec.txt", "ends in .yaml, .yml, .toml, .json"),
    ],
)
def test_no_such_file(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.txt").touch()
    with pytest.raises(SpecError) as caught:
        load(name)
    assert said in str(caught.value)
    assert caught.value.exit_code == 2
    assert said in str(check(name)[0])


def test_problems_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(HEAD + "pipeline: [Rotat]\n")
    with pytest.raises(SpecError) as caught:
        load(path)
    assert caught.value.problems == [
        f"{path}:3:12  Rotat: unknown transform 'Rotat' for images (did you mean 'Rotate'?)"
    ]


# -- mistakes ----------------------------------------------------------------------------------


def test_all_mistakes_are_told_at_once_in_the_order_of_the_text() -> None:
    text = """augkit: 2
modality: image
sed: 3
seed: -1
pipeline:
  - HorizontalFlip: {p: 1.5}
  - Rotate: {degres: [-20, 20], degrees: [20, -20]}
  - OneOf:
      - Zoom: {scale: 0}
      - Zoom: {interpolation: linea}
"""
    assert told(text) == [
        "1:9  augkit: must be 1, got 2",
        "3:1  unknown key 'sed' (did you mean 'seed'?)",
        "4:7  seed: must be a whole number of at least 0, got -1",
        "6:25  HorizontalFlip.p: must be a number within [0, 1], got 1.5",
        "7:14  Rotate: unknown parameter 'degres' (did you mean 'degrees'?)",
        "7:42  Rotate.degrees: has low > high: [20, -20]; write (-20, 20)",
        f"9:23  OneOf/Zoom.scale: must be {parameters_of(image.Zoom)['scale'].allowed()}, got 0; "
        "1 changes nothing",
        "10:31  OneOf/Zoom#2.interpolation: must be one of 'nearest', 'linear', 'cubic', "
        "got 'linea' (did you mean 'linear'?)",
    ]


MISTAKES = [
    ("Rotate: 20", "Rotate: takes {degrees: ...}, got 20"),
    ("Rotate: {degrees: .inf}", "Rotate.degrees: must be finite degrees, got inf"),
    ("Rotate: {degrees: .nan}", "Rotate.degrees: must be"),
    ("Rotate: {degrees: [1, 2, 3]}", "Rotate.degrees: must be a pair of numbers (low, high)"),
    ("Rotate: {degrees: 2001-01-01}", "Rotate.degrees: must be a number, a pair"),
    ("Rotate: {degrees: {choice: [a]}}", "Rotate.degrees: choice must be a list of numbers"),
    ("Rotate: {degrees: {choice: [true]}}", "Rotate.degrees: choice must be a list of numbers"),
    ("Rotate: {degrees: {chioce: [1]}}", "Rotate.degrees: got {'chioce': [1]}; a distribution is"),
    ("Rotate: {expand: 1}", "Rotate.expand: must be one of false, true, got 1"),
    ("Rotate: {expand: no}", "Rotate.expand: must be one of false, true, got 'no'"),
    ("Rotate: {p: true}", "Rotate.p: must be a number within [0, 1], got true"),
    ('Rotate: {id: ""}', "Rotate.id: must be a text of at least 1 character, got ''"),
    ("Rotate90: {turns: 1.5}", "Rotate90.turns: must be whole, got 1.5"),
    ("Shear: {shear: {}}", "Shear.shear: got {}; a distribution is"),
    ("Resize: {size: big}", "Resize.size: must be a whole number of at least 1"),
    ("Pad: {pixels: 3, size: 5}", "Pad: takes pixels or size, not both"),
    ("OneOf: []", "OneOf: needs at least one transform"),
    ("OneOf:", "OneOf: needs transforms"),
    ("OneOf: HorizontalFlip", "OneOf: takes a list of steps, or {transforms: ...}"),
    ("OneOf: {transforms: [Transpose], weights: [1, 2]}", "OneOf: has 1 transforms and 2 weights"),
    ("OneOf: {transforms: [Transpose], weights: [-1]}", "OneOf.weights: must be a list, each"),
    ("SomeOf: {transforms: [Transpose], n: 5}", "SomeOf.n: must be within [0, 1]"),
    ("SomeOf: {transforms: [Transpose], n: all}", "SomeOf.n: must be a whole number"),
    ("Compose: {transforms: [], seed: 3}", "Compose: unknown parameter 'seed'"),
    ("5", "pipeline: a step is a name, or a name with its parameters, got 5"),
    ("{}", "pipeline: a step is a name"),
    ("nowhere:Thing", "nowhere:Thing: cannot find the transform 'nowhere:Thing'"),
    ("json:JSONDecoder", "json:JSONDecoder: 'json:JSONDecoder' is not a Transform"),
]


@pytest.mark.parametrize(("step", "said"), MISTAKES)
def test_a_mistake_is_told(step: str, said: str) -> None:
    problems = steps(step)
    assert len(problems) == 1
    assert problems[0].startswith(said)


def test_parameters_beside_the_name_instead_of_below() -> None:
    text = HEAD + "pipeline:\n  - Rotate:\n    degrees: 3\n"
    assert told(text) == [
        "4:5  pipeline: a step has one name, but beside 'Rotate' stands 'degrees'; "
        "indent parameters below the name"
    ]


def test_an_id_is_used_once() -> None:
    assert steps("Rotate: {id: a}", "OneOf: [Zoom: {id: a}]") == [
        "a.id: is used twice; an id names one transform of a pipeline"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["1:1  the spec is empty"]),
        ("- Rotate", ["1:1  a spec is a mapping with augkit, modality and pipeline"]),
        (
            "seed: 1",
            [
                "1:1  augkit: is missing; write augkit: 1",
                "1:1  modality: is missing; write modality: image",
                "1:1  pipeline: is missing; write pipeline: and a list of steps",
            ],
        ),
        (
            "augkit: 1\nmodality: imag\npipeline: []",
            [
                "2:11  modality: must be one of image, text, audio, got 'imag' "
                "(did you mean 'image'?)"
            ],
        ),
        (
            HEAD + "pipeline: Rotate",
            ["3:11  pipeline: must be a list of steps, got 'Rotate'; begin each step with '- '"],
        ),
        (HEAD + "pipeline:", ["3:10  pipeline: must be a list of steps, got null"]),
        (HEAD + "fuse: no\npipeline: []", ["3:7  fuse: must be true or false, got 'no'"]),
        (
            HEAD + "seed: true\npipeline: []",
            ["3:7  seed: must be a whole number of at least 0, got true"],
        ),
        (
            HEAD + "box_format: xyzw\npipeline: []",
            [
                "3:13  box_format: must be one of 'xyxy', 'xywh', 'cxcywh', 'yolo', got 'xyzw' "
                "(did you mean 'xywh'?)"
            ],
        ),
        (
            HEAD + "min_area: big\npipeline: []",
            ["3:11  min_area: must be a number of at least 0, got 'big'"],
        ),
    ],
)
def test_mistakes_beside_the_pipeline(text: str, said: list[str]) -> None:
    assert told(text) == said


def test_a_chain_that_does_not_fit() -> None:
    [problem] = steps("Normalize", "Rotate")
    assert "Rotate takes image" in problem


def test_from_a_mapping_there_is_no_place() -> None:
    with pytest.raises(SpecError) as caught:
        Compose.from_dict({"augkit": 1, "modality": "image", "pipeline": [{"Rotate": {"p": 2}}]})
    assert caught.value.problems == ["Rotate.p: must be a number within [0, 1], got 2"]


def test_build_does_not_change_what_it_is_given() -> None:
    spec: dict[str, Any] = {
        "augkit": 1,
        "modality": "image",
        "pipeline": [{"OneOf": {"transforms": ["Transpose"], "p": 0.5}}],
    }
    before = json.dumps(spec)
    build(spec)
    assert json.dumps(spec) == before


# -- custom transforms -------------------------------------------------------------------------


@dataclass(frozen=True)
class Custom(Transform):
    """A transform of a user."""

    modality: ClassVar[str] = "image"
    takes: ClassVar[str] = "image"
    gives: ClassVar[str] = "image"

    strength: Any = parameter(low=0, high=1)
    style: str = option("soft", choices=("soft", "hard"))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.style == "hard" and self.strength == 1:
            raise RuntimeError("too much")

    def apply(self, sample: Any, params: dict[str, Any]) -> Any:
        return sample


@dataclass(frozen=True)
class Elsewhere(Custom):
    modality: ClassVar[str] = "audio"


@pytest.fixture
def custom(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of this module as a user's module would have it."""
    import sys

    monkeypatch.setitem(sys.modules, "my_transforms", sys.modules[__name__])
    return "my_transforms"


def test_custom_transforms(custom: str) -> None:
    found = parse(f"{HEAD}pipeline: [{{'{custom}:Custom': {{strength: [0, 0.5]}}}}]")
    assert found.transforms == (Custom(strength=(0, 0.5)),)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (":Custom", "Custom: needs strength"),
        (":Custom: {strength: 2}", "Custom.strength: must be within [0, 1], got 2"),
        (":Custom: {strength: 1, style: hard}", "Custom: cannot be made: RuntimeError: too much"),
        (
            ":Elsewhere: {strength: 1}",
            "my_transforms:Elsewhere: works on audio, this pipeline on image",
        ),
    ],
)
def test_mistakes_with_custom_transforms(custom: str, step: str, said: str) -> None:
    assert steps(custom + step) == [said]


# -- the texts ---------------------------------------------------------------------------------


def test_yaml_has_the_numbers_and_words_of_version_1_2() -> None:
    text = "[1e-3, 1E3, .5, 010, 0o10, 0x1F, -.inf, 1_000, 12:30, no, off, y, true, Null, ~, '5']"
    assert read(text, "yaml").data == [
        *(0.001, 1000.0, 0.5, 10, 8, 31, -math.inf),
        *("1_000", "12:30", "no", "off", "y", True, None, None, "5"),
    ]


def test_yaml_tags() -> None:
    assert read("[!!str 5, !!float 5, ! 5]", "yaml").data[:2] == ["5", 5.0]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a: 1\na: 2", (2, 1), "'a' stands twice (first in line 1)"),
        ("a: {b: 1, 'b': 2}", (1, 11), "'b' stands twice"),
        ("a:\n\t- b", (2, 1), "a tab cannot stand here; indent with spaces"),
        ("a: [1", (1, 6), "the [ of line 1 is not closed: expected ',' or ']'"),
        ("a: *q", (1, 4), "undefined alias 'q'"),
        (
            "a: !!python/object:os.system 3",
            (1, 4),
            "the tag !!python/object:os.system does not fit",
        ),
        ("a: !!python/tuple [3]", (1, 4), "the tag !!python/tuple is not supported"),
        ("---\na: 1\n---\nb: 2", (3, 1), "a second document begins here"),
        (
            "a: 1\nb:\n  - c\n - d",
            (4, 2),
            "this line fits nowhere: indent it as what began in line 1",
        ),
        ("a: 1\n  b: 2", (2, 4), "no ':' can stand here"),
        ("a: 1\nb\nc: 2", (3, 1), "line 2 has no ':'"),
        ("a: [1,\nb: 2", (2, 5), "the [ of line 1 is not closed"),
        ("a: \x01", (1, 4), "the character '\\x01' is not allowed"),
        ("1: 2", (1, 1), "a key must be a name, got 1"),
        ("[1]: 2", (1, 1), "a key must be a name, got a list or mapping"),
        ("a: &a [*a]", (1, 4), "an alias inside the value it stands for"),
        ("a: b: c", (1, 5), "no ':' can stand here; is this line indented"),
        ("x: " + "9" * 5000, (1, 4), "a number of 5000 digits is too long"),
        ("[" * 5000, None, "nested deeper than 100 levels"),
        ("[" * 102 + "]" * 102, (1, 102), "nested deeper than 100 levels"),
        ("x" * 1_000_001, None, "1000001 characters; a spec has at most 1000000"),
    ],
)
def test_mistakes_in_yaml(text: str, place: tuple[int, int] | None, said: str) -> None:
    with pytest.raises(TextError) as caught:
        read(text, "yaml")
    [(found, message)] = caught.value.problems
    assert found == place
    assert message.startswith(said)


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    with pytest.raises(TextError, match="more than 100000 values once aliases are filled in"):
        read(text, "yaml")


def test_aliases_within_reason() -> None:
    assert read("a: &x [1, 2]\nb: *x", "yaml").data == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{"a": 1,\n "a": 2}', (2, 2), "'a' stands twice (first in line 1)"),
        ('{"a": {"b": 1, "b": 2}}', (1, 16), "'b' stands twice"),
        ('{"a": NaN}', (1, 7), "NaN is not JSON"),
        ('{"a" 1}', (1, 6), "expecting ':' delimiter"),
        ("[" * 100_000, None, "nested deeper than 100 levels"),
        ("[" + "9" * 5000 + "]", None, "a number has too many digits"),
    ],
)
def test_mistakes_in_json(text: str, place: tuple[int, int] | None, said: str) -> None:
    with pytest.raises(TextError) as caught:
        read(text, "json")
    [(found, message)] = caught.value.problems
    assert found == place
    assert message.startswith(said)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a = 1\na = 2", (2, 6), "cannot overwrite a value"),
        ("a = ", (1, 5), "invalid value"),
        ('a = "', (1, 6), "unterminated string"),
    ],
)
def test_mistakes_in_toml(text: str, place: tuple[int, int], said: str) -> None:
    with pytest.raises(TextError) as caught:
        read(text, "toml")
    [(found, message)] = caught.value.problems
    assert found == place
    assert message.startswith(said)


def test_bytes_that_are_not_utf_8_have_a_place() -> None:
    with pytest.raises(TextError) as caught:
        decode("é\né".encode() + b"\xff")
    assert caught.value.problems == [((2, 2), "byte 0xff is not UTF-8; save the file as UTF-8")]
    assert decode(b"\xef\xbb\xbfa: 1") == "a: 1"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text('ab"\\{[,:é', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab,{", max_size=3), inner),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    data=st.dictionaries(st.text("ab,{", max_size=3), JSON_VALUES, min_size=1),
    indent=st.sampled_from([None, 1]),
)
def test_places_in_json_point_at_what_stands_there(data: Any, indent: int | None) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    document = read(text, "json")
    assert document.data == data
    _check_places(text, document, json.JSONDecoder().raw_decode)


@settings(deadline=None)
@given(data=st.dictionaries(st.text("ab", max_size=3), JSON_VALUES, min_size=1))
def test_places_in_flow_yaml_are_those_of_json(data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False)
    in_json, in_yaml = read(text, "json"), read(text, "yaml")
    assert (in_yaml.data, in_yaml.values, in_yaml.keys) == (data, in_json.values, in_json.keys)


def _check_places(text: str, document: Any, parse_at: Any) -> None:
    lines = text.split("\n")

    def at(place: tuple[int, int]) -> int:
        return sum(len(line) + 1 for line in lines[: place[0] - 1]) + place[1] - 1

    def walk(value: Any, way: tuple[Any, ...]) -> None:
        assert parse_at(text, at(document.values[way]))[0] == value
        if isinstance(value, dict):
            for key, item in value.items():
                assert parse_at(text, at(document.keys[*way, key]))[0] == key
                walk(item, (*way, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                walk(item, (*way, index))

    walk(document.data, ())


def test_places_in_toml() -> None:
    text = """\
seed = 7  # a [comment] = {no}
pipeline = ["A",
  {Rotate = {degrees = [-20.5, 20], "x y" = 1979-05-27T07:32:00}},
]
[targets]
depth = "a = b"
a.b = '''x
y'''
[[steps]]
[steps.Rotate]
degrees = 3
[[steps]]
Blur = {}
"""
    places = read(text, "toml").values
    assert places["seed",] == (1, 8)
    assert places["pipeline", 1, "Rotate", "degrees", 1] == (3, 32)
    assert places["pipeline", 1, "Rotate", "x y"] == (3, 45)
    assert places["targets", "depth"] == (6, 9)
    assert places["targets", "a", "b"] == (7, 7)
    assert places["steps", 0, "Rotate", "degrees"] == (11, 11)
    assert places["steps", 1, "Blur"] == (13, 8)
    document = read(text, "toml")
    assert document.keys["steps", 0, "Rotate", "degrees"] == (11, 1)
