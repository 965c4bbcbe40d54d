"""Names of outputs: what a template may be, and that nothing leaves the destination."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augkit.batch import DEFAULT_TEMPLATE, NameTemplate, sample_key
from augkit.batch.names import LONGEST, folded, printable
from augkit.core.errors import SpecError


@pytest.mark.parametrize(
    ("template", "source", "variant", "expected"),
    [
        (DEFAULT_TEMPLATE, "cats/1.jpg", 0, "cats/1_aug000.png"),
        (DEFAULT_TEMPLATE, "1.jpg", 1234, "1_aug1234.png"),
        ("{split}/{class}/{name}-{variant}{ext}", "x/a.b.jpg", 2, "train/cat/a.b.jpg-2.png"),
        ("{stem}{{{variant:2}}}{ext}", "a.jpg", 3, "a{ 3}.png"),
        ("{dir}\\{stem}_{variant:02}{ext}", "a/b/c.jpg", 3, "a/b/c_03.png"),
        ("./{dir}//{stem}.{variant:04d}{ext}", "c.jpg", 3, "c.0003.png"),
    ],
)
def test_templates(template: str, source: str, variant: int, expected: str) -> None:
    names = NameTemplate(template)
    assert names.output(source, ".png", variant, label="cat", split="train") == expected


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{dir}/{variant}{ext}", "it needs {stem} or {name}"),
        ("{stem}{ext}", "it needs {variant}"),
        ("{stem}{variant}", "it has to end with {ext}"),
        ("{stem}{ext}{variant}", "it has to end with {ext}"),
        ("{stem}{variant}{ext}{ext}", "it has to end with {ext}"),
        ("/{stem}{variant}{ext}", "relative"),
        ("C:/{stem}{variant}{ext}", "relative"),
        ("../{stem}{variant}{ext}", "'..'"),
        ("a/..\\{stem}{variant}{ext}", "'..'"),
        ("{stem}\0{variant}{ext}", "NUL"),
        ("{stem}{uuid}{variant}{ext}", "unknown field {uuid}"),
        ("{stem.__class__}{variant}{ext}", "unknown field {stem.__class__}"),
        ("{}{stem}{variant}{ext}", "unknown field {}"),
        ("{stem!r}{variant}{ext}", "must be plain"),
        ("{stem:>100}{variant}{ext}", "must be plain"),
        ("{stem}{variant:x}{ext}", "must be plain"),
        ("{stem}{variant:0999999999d}{ext}", "must be plain"),
        ("{stem}{variant:{ext}}{ext}", "must be plain"),
        ("{stem", "expected '}'"),
    ],
)
def test_bad_templates(template: str, problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        NameTemplate(template)
    assert problem in str(caught.value)


def test_one_variant_needs_no_number() -> None:
    assert NameTemplate("{stem}{ext}", variants=1).output("a/1.jpg", ".png", 0) == "1.png"


@pytest.mark.parametrize("name", ["run.json", "manifest.jsonl", ".augkit-tmp-1.jpg"])
def test_our_own_names(name: str) -> None:
    stem, _, suffix = name.rpartition(".")
    with pytest.raises(SpecError, match="belongs to augkit"):
        NameTemplate("{stem}{ext}", variants=1).output(f"{stem}.jpg", f".{suffix}", 0)


def test_long_names_are_cut_with_a_hash() -> None:
    names = NameTemplate()
    long = [names.output("n" * 250 + end + ".jpg", ".jpg", 1) for end in "ab"]
    assert all(len(name.encode()) == LONGEST for name in long)
    assert long[0] != long[1]
    assert all(name.endswith("_aug001.jpg") for name in long)
    short = names.output("é" * 110 + ".jpg", ".jpg", 1)
    assert "~" not in short
    cut = names.output("é" * 125 + ".jpg", ".jpg", 1)
    assert len(cut.encode()) <= LONGEST
    with pytest.raises(SpecError, match="suffix that is too long"):
        names.output("n" * 200, "." + "x" * 250, 1)


@given(
    st.text(min_size=1).filter(lambda text: "\0" not in text),
    st.sampled_from([".jpg", ".png"]),
    st.text(),
)
def test_outputs_stay_inside(source: str, suffix: str, label: str) -> None:
    names = NameTemplate("{class}/{dir}/{stem}_aug{variant:03d}{ext}")
    try:
        output = names.output(source, suffix, 7, label=label)
    except SpecError:
        return
    assert not output.startswith("/")
    assert "\0" not in label or "\0" not in output
    for part in output.split("/"):
        assert part not in ("", ".", "..")
        assert len(part.encode("utf-8", "surrogatepass")) <= LONGEST


@given(st.binary(min_size=1, max_size=40).filter(lambda raw: b"\0" not in raw))
def test_keys_are_always_utf8(raw: bytes) -> None:
    path = raw.decode("utf-8", "surrogateescape")
    assert sample_key(path).encode()
    assert printable(path).encode()


@given(st.text(alphabet=string.printable))
def test_ascii_names_are_their_keys(path: str) -> None:
    assert sample_key(path) == path


def test_folding() -> None:
    assert folded("É.JPG") == folded("e\u0301.jpg")
    assert folded("straße") == folded("STRASSE")
    assert folded("a") != folded("b")
