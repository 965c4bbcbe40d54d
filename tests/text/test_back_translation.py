"""Round trips through real engines: Apertium, and a small CTranslate2 model."""

from __future__ import annotations

import pickle
import re
import time
from pathlib import Path

import pytest

from augkit import Compose, Recipe
from augkit.core.errors import MissingPartError
from augkit.core.spec import parse
from augkit.text import BackTranslation
from augkit.text.edits import check_edits
from augkit.text.translation import TranslatorError
from augkit.text.translation.apertium import Apertium
from augkit.text.translation.ctranslate import CTranslate
from tests.text.dictionary_model import write_model

GLOSSES = Path("/usr/share/wordnet/data.verb")
DICTIONARY = {"the": "el", "big": "grande", "dog": "perro", "barks": "ladra"}
BACK = {"el": "the", "grande": "large", "perro": "dog", "ladra": "barks"}


def examples(count: int) -> list[str]:
    """Sentences of WordNet's examples."""
    found = re.findall(r'"([A-Z][^"]{10,80})"', GLOSSES.read_text(encoding="utf-8"))
    return list(dict.fromkeys(found))[:count]


def shout(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


def whisper(texts: list[str]) -> list[str]:
    return [text.lower() for text in texts]


# -- Apertium ----------------------------------------------------------------------------------


def test_no_word_crosses_from_one_text_to_the_next() -> None:
    there = Apertium("eng", "spa")
    first, second = there.translate(["I see the red", "cars were here"])
    assert "rojo" in first
    assert "coche" in second
    texts = ["the red\ncar", "", "  ", "a\n\n\nb", "*star", "[x] {y} ^z$ @ / \\"]
    made = there.translate(texts)
    assert len(made) == len(texts)
    assert made[0] == "El coche rojo"
    assert made[1:3] == ["", ""]
    assert not made[4].startswith("**")


def test_a_batch_is_translated_as_each_text_alone() -> None:
    texts = examples(5)
    there = Apertium("eng", "spa")
    assert there.translate(texts) == [there.translate([text])[0] for text in texts]


def test_real_round_trips_keep_all_that_came_back() -> None:
    texts = [f"{one}. See  https://a.b/c?d=e !\n" for one in examples(200)]
    keys = [f"{index}" for index in range(len(texts))]
    pipeline = Compose([BackTranslation()], seed=7)
    made = pipeline.run_batch(texts, keys=keys)
    changed = 0
    for text, key, (result, recipe) in zip(texts, keys, made, strict=True):
        params = recipe.steps[0].params
        check_edits(text, params["edits"])
        assert "https://a.b/c?d=e" in result
        assert result.endswith("\n")
        for _, _, reason in params["unchanged"]:
            assert re.fullmatch(
                r"came back as it was|similarity 0\.\d\d|.* did not come back", reason
            )
        changed += result != text
        # A replay asks no engine.
        again = Recipe.from_json(recipe.to_json())
        assert pipeline.apply(text, again) == result
        if key in ("0", "7"):
            assert pipeline(text, key=key) == result
    assert changed > 60


def test_thousands_of_sentences_are_few_processes() -> None:
    """300 round trips a second are the aim; a process for each would be 5."""
    texts = examples(200)
    Compose([BackTranslation()], seed=7).batch(texts[:1])
    start = time.perf_counter()
    Compose([BackTranslation()], seed=7).batch(texts)
    assert time.perf_counter() - start < len(texts) * 0.1


def test_labels_stay_right_or_are_reported() -> None:
    text = "Barack Obama gave a big speech in the White House."
    spans = [(0, 12, "PER"), (38, 49, "LOC")]
    kept, recipe = Compose([BackTranslation(min_similarity=0)], seed=7).run(
        text=text, spans=spans, key=1
    )
    for start, end, label in kept["spans"]:
        assert kept["text"][start:end] in {"Barack Obama", "White House"}, label
    there = str.maketrans({"W": "V"})
    engine = (lambda texts: [one.translate(there) for one in texts], lambda texts: texts)
    keep = Compose([BackTranslation(engine=engine)], seed=7)
    kept, recipe = keep.run(text=text, spans=spans, key=1)
    assert (kept["text"], kept["spans"]) == (text, spans)
    assert recipe.steps[0].params["unchanged"] == [[0, 50, "a label would be lost"]]
    drop = Compose([BackTranslation(engine=engine, labels="drop")], seed=7)
    dropped, recipe = drop.run(text=text, spans=spans, key=1)
    assert dropped["text"] == text.replace("White", "Vhite")
    assert dropped["spans"] == [(0, 12, "PER")]
    assert recipe.steps[0].params["lost"] == [[38, 49, "LOC"]]


def test_only_some_sentences() -> None:
    text = "One dog. " * 200
    pipeline = Compose([BackTranslation(engine=(shout, list), alpha=0.25)], seed=3)
    made = pipeline(text, key="a")
    assert made == pipeline(text, key="a")
    assert 30 < made.count("ONE DOG.") < 70
    assert Compose([BackTranslation(alpha=0)], seed=3)(text) == text


def test_nothing_to_translate_starts_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    for text in ("", "   \n\t ", "\n\n"):
        assert BackTranslation()(text) == text


def test_a_floor_and_what_comes_back_empty() -> None:
    other = BackTranslation(engine=(lambda texts: ["quite other words"] * len(texts), list))
    assert other("the dog barks") == "the dog barks"
    nothing = BackTranslation(engine=(lambda texts: [""] * len(texts), list), min_similarity=0)
    assert nothing("the dog barks") == "the dog barks"
    numbers = BackTranslation(engine=(lambda texts: [t.replace("7", "8") for t in texts], list))
    assert numbers("at 7 the big dog barks") == "at 7 the big dog barks"


# -- engines that fail -------------------------------------------------------------------------


def script(folder: Path, body: str) -> Path:
    """A program called apertium."""
    folder.mkdir()
    program = folder / "apertium"
    listing = 'if [ "$1" = -l ]; then echo eng-spa; echo spa-eng; exit 0; fi\n'
    program.write_text(f"#!/bin/sh\n{listing}{body}\n")
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo oh no >&2; exit 3", "ended with code 3: oh no"),
        ("kill -9 $$", "ended with code -9"),
        ("sleep 60", "did not answer within 0.5 s"),
        ("echo one; echo; echo two", "was given 1 texts and gave back 2"),
    ],
)
def test_an_apertium_that_fails(
    body: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = script(tmp_path / "bin", body)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    with pytest.raises(TranslatorError, match=re.escape(message)):
        BackTranslation(timeout=0.5)("The dog barks.")


def test_an_apertium_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingPartError, match=r"no eng-xyz here; it has eng-spa"):
        BackTranslation(languages=("eng", "xyz"))("The dog barks.")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingPartError, match="apt-get install apertium"):
        BackTranslation()("The dog barks.")


@pytest.mark.parametrize(
    "engine",
    [
        (lambda texts: texts[1:], list),
        (lambda texts: "".join(texts), list),
        (lambda texts: [None for _ in texts], list),
        (list, lambda texts: [*texts, "more"]),
    ],
)
def test_a_function_that_gives_something_else(engine: object) -> None:
    with pytest.raises(TranslatorError):
        BackTranslation(engine=engine)("The dog barks. The cat sleeps.")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"engine": "apertum"}, "must be one of apertium, ctranslate2 or a pair"),
        ({"engine": "ctranslate2"}, "models must name two folders"),
        ({"min_similarity": 1.5}, "min_similarity must be a number within"),
        ({"timeout": 0}, "timeout must be a number above 0"),
        ({"labels": "guess"}, "labels must be one of"),
        ({"languages": "eng"}, "languages must be a pair"),
    ],
)
def test_settings_that_cannot_be(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        BackTranslation(**given)


# -- names, specs, other processes -------------------------------------------------------------


def test_functions_go_by_name(tmp_path: Path) -> None:
    pipeline = Compose([BackTranslation(engine=(shout, whisper))], seed=7)
    names = [f"{__name__}:shout", f"{__name__}:whisper"]
    assert pipeline.to_dict()["pipeline"] == [{"BackTranslation": {"engine": names}}]
    pipeline.save(tmp_path / "p.yaml")
    again = parse((tmp_path / "p.yaml").read_text())
    assert again("The DOG barks.") == "the dog barks."
    assert pickle.loads(pickle.dumps(again))("The DOG barks.") == "the dog barks."
    with pytest.raises(ValueError, match="move it to the top level"):
        Compose([BackTranslation(engine=(lambda texts: texts, list))]).to_dict()
    with pytest.raises(TranslatorError, match="cannot find the translator"):
        BackTranslation(engine=("nowhere:there", "nowhere:back"))("Go home.")


# -- CTranslate2 -------------------------------------------------------------------------------


def test_a_model_in_a_folder(tmp_path: Path) -> None:
    there = write_model(tmp_path / "there", DICTIONARY)
    back = write_model(tmp_path / "back", BACK)
    model = CTranslate(there)
    assert model.translate(["the big dog barks", "", "dog"]) == [
        "el grande perro ladra",
        "",
        "perro",
    ]
    pipeline = Compose(
        [BackTranslation(engine="ctranslate2", models=(str(there), str(back)))], seed=7
    )
    assert pipeline("the   big dog barks", key=1) == "the   large dog barks"
    assert pipeline.batch(["the big dog", "big dog"], keys=[1, 2]) == ["the large dog", "large dog"]
    with pytest.raises(MissingPartError, match="no CTranslate2 model"):
        CTranslate(tmp_path)
