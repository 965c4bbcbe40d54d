"""Fields of transforms: declared once, checked at construction, canonical from then on."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import pytest

from augkit import Number, OneOf, Transform, choice, image, normal, option, parameter
from augkit.core.fields import Option, Parameter, options_of, parameters_of


@dataclass(frozen=True)
class Knobs(Transform):
    """Every kind of field; it does nothing."""

    degrees: Number = parameter((-5.0, 5.0), unit="degrees", neutral=0, doc="any finite number")
    share: Number = parameter(0.5, low=0, high=1, unit="of the size", doc="bounded on both sides")
    count: Number = parameter(2, low=0, integer=True, doc="whole, bounded below")
    top: Number = parameter(0, high=9, doc="bounded above")
    scale: Number = parameter({"x": 1.0, "y": (1.0, 2.0)}, axes=("x", "y"), doc="per axis")
    mode: str = option("a", choices=("a", "b"), doc="one of two")
    names: tuple = option((), doc="anything")


@dataclass(frozen=True)
class Required(Transform):
    """A parameter without a default."""

    size: Number = parameter(low=1)


class TestDeclarations:
    def test_parameters_and_options_in_order(self):
        assert list(parameters_of(Knobs)) == ["degrees", "share", "count", "top", "scale"]
        assert list(options_of(Knobs)) == ["mode", "names"]
        assert all(isinstance(known, Parameter) for known in parameters_of(Knobs).values())
        assert all(isinstance(known, Option) for known in options_of(Knobs).values())

    def test_what_is_known_of_one(self):
        known = parameters_of(Knobs)["share"]
        assert (known.low, known.high, known.unit, known.integer) == (0, 1, "of the size", False)
        assert known.doc == "bounded on both sides"
        assert options_of(Knobs)["mode"].choices == ("a", "b")

    def test_a_subclass_adds_to_its_own_list_only(self):
        @dataclass(frozen=True)
        class More(Knobs):
            extra: Number = parameter(1)

        assert list(parameters_of(More)) == [*parameters_of(Knobs), "extra"]
        assert "extra" not in parameters_of(Knobs)

    def test_p_and_id_are_neither(self):
        assert not {"p", "id"} & {*parameters_of(Knobs), *options_of(Knobs)}

    def test_a_default_that_can_be_changed_is_not_shared(self):
        assert Knobs().scale == Knobs().scale
        assert Knobs().scale is not Knobs().scale

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("degrees", "finite degrees"),
            ("share", r"within \[0, 1\] of the size"),
            ("count", "at least 0"),
            ("top", "at most 9"),
        ],
    )
    def test_the_range_in_words(self, name, words):
        with pytest.raises(ValueError, match=words):
            Knobs(**{name: math.nan})


class TestCanonical:
    def test_lists_become_pairs_and_mappings_distributions(self):
        made = Knobs(degrees=[1, 2], share={"choice": [0.1, 0.2]}, names=["a", ["b"]])
        assert made.degrees == (1, 2)
        assert made.share == choice([0.1, 0.2])
        assert made.names == ("a", ("b",))

    def test_two_ways_to_write_one_are_equal(self):
        assert Knobs(degrees=[1, 2]) == Knobs(degrees=(1, 2)) == Knobs(degrees=np.array([1, 2]))
        assert Knobs(share=np.float32(0.5)) == Knobs(share=0.5)

    def test_per_axis_or_one_for_both(self):
        assert Knobs(scale={"x": 2, "y": [1, 3]}).scale == {"x": 2, "y": (1, 3)}
        assert Knobs(scale=3).scale == 3

    def test_bounds_are_inclusive(self):
        assert Knobs(share=(0, 1)).share == (0, 1)
        assert Knobs(top=9).top == 9

    def test_a_transform_does_not_change(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            Knobs().share = 0.1

    def test_dataclasses_replace_checks_again(self):
        assert dataclasses.replace(Knobs(), share=0.1).share == 0.1
        with pytest.raises(ValueError, match=r"Knobs\.share"):
            dataclasses.replace(Knobs(), share=2)


class TestRefused:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"share": 1.5}, r"Knobs\.share must be within \[0, 1\] of the size, got 1.5"),
            ({"share": (-0.1, 0.5)}, r"Knobs\.share must be within .* got \[-0.1, 0.5\]"),
            ({"share": (0.5, 0.2)}, r"Knobs\.share has low > high"),
            ({"share": choice([0.1, 2])}, r"Knobs\.share must be within"),
            ({"share": normal(0.5, 0.5)}, r"Knobs\.share must be within"),
            ({"share": math.nan}, r"Knobs\.share must be within"),
            ({"share": (0, math.nan)}, r"Knobs\.share must be"),
            ({"degrees": math.inf}, r"Knobs\.degrees must be finite"),
            ({"degrees": (0, math.inf)}, r"Knobs\.degrees must be finite"),
            ({"count": -1}, r"Knobs\.count must be at least 0"),
            ({"count": 1.5}, r"Knobs\.count must be whole"),
            ({"count": (0, 1.5)}, r"Knobs\.count must be whole"),
            ({"count": choice([1, 2.5])}, r"Knobs\.count must be whole"),
            ({"top": 10}, r"Knobs\.top must be at most 9"),
            ({"scale": {"x": 1}}, r"Knobs\.scale needs a value for each of x, y"),
            ({"scale": {"x": 1, "y": "a"}}, r"Knobs\.scale\.y must be a number"),
            ({"share": {"x": 0, "y": 1}}, r"Knobs\.share got"),
            ({"mode": "c"}, r"Knobs\.mode must be one of 'a', 'b', got 'c'"),
            ({"share": "half"}, r"Knobs\.share must be a number"),
            ({"p": 2}, r"Knobs\.p must be within \[0, 1\], got 2"),
            ({"p": math.nan}, r"Knobs\.p must be within"),
            ({"p": "often"}, r"Knobs\.p must be a number"),
            ({"p": True}, r"Knobs\.p must be a number"),
            ({"id": ""}, r"Knobs\.id must be a name"),
            ({"id": 3}, r"Knobs\.id must be a name"),
        ],
        ids=str,
    )
    def test_with_the_name_the_value_and_what_is_allowed(self, given, said):
        with pytest.raises((TypeError, ValueError), match=said):
            Knobs(**given)

    def test_what_is_needed(self):
        with pytest.raises(TypeError, match="size"):
            Required()
        assert Required(size=3).size == 3

    def test_unknown_fields(self):
        with pytest.raises(TypeError, match="degres"):
            image.Rotate(degres=3)

    def test_keras_factors_beyond_the_range(self):
        """T20: keras takes (-5, 5) for a factor within [0, 1], as either end alone passes."""
        with pytest.raises(ValueError, match=r"Brightness\.factor must be within \[0, 100\]"):
            image.Brightness(factor=(-5, 5))
        with pytest.raises(ValueError, match=r"Hue\.hue must be within"):
            image.Hue(hue=(-5, 5))


class TestDrawing:
    def test_constants_are_not_drawn(self):
        recipe = image.Brightness(factor=0.5)._alone().draw(np.zeros((2, 2), np.uint8), key="a")
        assert recipe.steps[0].params == {"factor": 0.5}

    def test_params_follow_the_order_of_the_fields(self):
        jitter = image.ColorJitter()
        recipe = jitter._alone().draw(np.zeros((2, 2, 3), np.uint8), key="a")
        assert list(recipe.steps[0].params)[:4] == list(parameters_of(image.ColorJitter))

    def test_options_that_differ_are_remembered(self):
        assert Knobs().options() == {}
        assert Knobs(mode="b", names=[1, 2]).options() == {"mode": "b", "names": [1, 2]}

    def test_combinators_have_p_and_id_too(self):
        with pytest.raises(ValueError, match=r"OneOf\.p must be within"):
            OneOf([image.Transpose()], p=3)
