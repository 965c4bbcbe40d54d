"""Folders of texts: tables, tags and plain files, augmented however, with the same bytes."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import augkit
from tests.acceptance.conftest import (
    QUIET,
    SAMPLES,
    augkit_,
    leftovers,
    manifest,
    quarantine,
    tree,
)
from tests.acceptance.test_kill import survives
from tests.acceptance.test_same_tree import WAYS

TEXTS = SAMPLES / "text"
PIPELINE = SAMPLES / "pipelines" / "reviews.yaml"
ONE = ("-j", 0, *QUIET)


def run_of(source: Path, out: Path, n: int = 2) -> tuple[object, ...]:
    """The arguments of a run over a folder of texts."""
    return ("run", PIPELINE, source, out, "-n", n, *QUIET)


def write_texts(folder: Path) -> None:
    """The sample texts, cut into 26 files of every format and dialect."""
    reviews = (TEXTS / "reviews.csv").read_text(encoding="utf-8").splitlines()
    header, rows = reviews[0], reviews[1:]
    ends = {"a": "\n", "b": "\r\n", "c": "\r\n", "d": "\n"}
    for name, end in ends.items():
        for part in range(4):
            lines = [header, *rows[part * 15 : part * 15 + 15]]
            text = end.join(lines) + (end if part % 2 else "")
            mark = "\ufeff" if name == "c" else ""
            path = folder / name / f"reviews {part}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((mark + text).encode("utf-16" if name == "d" else "utf-8"))
    sentences = (TEXTS / "entities.conll").read_text(encoding="utf-8").split("\n\n")
    for part in range(5):
        text = "\n\n".join(sentences[part * 3 : part * 3 + 3])
        (folder / f"entities-{part}.conll").write_text(text, encoding="utf-8")
    with open(TEXTS / "reviews.csv", encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    with open(folder / "reviews.tsv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL).writerows(table)
    for name in ("questions.jsonl", "proverbs.txt"):
        shutil.copyfile(TEXTS / name, folder / name)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "header.csv").write_text(header)


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts") / "texts"
    folder.mkdir()
    write_texts(folder)
    return folder


@pytest.fixture(scope="session")
def whole_texts(tmp_path_factory: pytest.TempPathFactory, texts: Path) -> Path:
    """A run that nothing has disturbed."""
    out = tmp_path_factory.mktemp("whole-texts") / "out"
    augkit_(*run_of(texts, out), "-j", 0)
    return out


def rows_of(path: Path, **dialect: Any) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, **dialect))


# -- the same bytes ----------------------------------------------------------------------------


def test_a_run_has_what_it_should(whole_texts: Path) -> None:
    lines = manifest(whole_texts)
    assert len(lines) == 2 * 26
    found = tree(whole_texts)
    assert set(found) == {line["output"] for line in lines} | {"run.json", "manifest.jsonl"}
    facts = Counter(line["facts"]["format"] for line in lines)
    assert facts == {"csv": 36, "conll": 10, "jsonl": 2, "text": 4}
    for line in lines:
        rows = line["facts"].get("rows")
        if rows is not None:
            assert len(line["recipe"]["rows"].splitlines()) == rows
    changed = sum(line["facts"].get("changed", 0) for line in lines)
    assert changed > 300


@pytest.mark.parametrize("way", WAYS)
def test_workers_engines_and_chunks(
    way: str, texts: Path, whole_texts: Path, tmp_path: Path
) -> None:
    augkit_(*run_of(texts, tmp_path / "out"), *WAYS[way])
    assert tree(tmp_path / "out") == tree(whole_texts)
    assert not leftovers(tmp_path / "out")


def test_another_order_at_another_place(texts: Path, whole_texts: Path, tmp_path: Path) -> None:
    files = [path for path in texts.rglob("*") if path.is_file()]
    random.Random(5).shuffle(files)
    for path in files:
        place = tmp_path / "elsewhere" / path.relative_to(texts)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    arguments = run_of(tmp_path / "elsewhere", tmp_path / "out")
    augkit_(*arguments, "-j", 0, "--chunk", 7, PYTHONHASHSEED="1")
    assert tree(tmp_path / "out") == tree(whole_texts)


def test_shards_merged(texts: Path, whole_texts: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        arguments = run_of(texts, tmp_path / "out")
        augkit_(*arguments, "-j", 0, "--chunk", 2, "--shard", f"{number}/2")
    augkit_("merge", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(whole_texts)


@pytest.mark.skipif(os.name != "posix", reason="kills process groups")
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_and_gone_on_with(seed: int, texts: Path, whole_texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    survives(seed, whole_texts, run_of(texts, out), out)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 30))
def test_killed_at_twenty_random_moments(
    seed: int, texts: Path, whole_texts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    survives(seed, whole_texts, run_of(texts, out), out)


def test_more_variants_only_add(texts: Path, whole_texts: Path, tmp_path: Path) -> None:
    augkit_(*run_of(texts, tmp_path / "out", n=3), "-j", 0)
    few, many = tree(whole_texts), tree(tmp_path / "out")
    shared = {name for name in few if "_aug" in name}
    assert len(shared) == 52
    assert {name: many[name] for name in shared} == {name: few[name] for name in shared}


def test_every_output_is_made_again(whole_texts: Path) -> None:
    found = augkit_("verify", whole_texts, "--all", "--json").data
    assert (found["checked"], found["problems"], found["warnings"]) == (52, [], [])


# -- rows --------------------------------------------------------------------------------------


def test_a_row_depends_on_its_key_alone(texts: Path, whole_texts: Path) -> None:
    """The n-th row of a table is what the pipeline gives for its text and key."""
    pipeline = augkit.load(PIPELINE)
    rows = rows_of(texts / "a" / "reviews 1.csv")
    for variant in (0, 1):
        made = rows_of(whole_texts / "a" / f"reviews 1_aug00{variant}.csv")
        assert [int(row["source_index"]) for row in made] == list(range(15))
        assert {row["variant"] for row in made} == {str(variant)}
        for number, (before, after) in enumerate(zip(rows, made, strict=True)):
            key = f"a/reviews 1.csv#{number}"
            assert after["text"] == pipeline(before["text"], key=key, variant=variant)
            assert {name: after[name] for name in before if name != "text"} == {
                name: before[name] for name in before if name != "text"
            }


def test_dialects_stay_what_they_were(texts: Path, whole_texts: Path) -> None:
    for name, encoding, end in (("a", "utf-8", "\n"), ("b", "utf-8", "\r\n"),
                                ("c", "utf-8-sig", "\r\n"), ("d", "utf-16", "\n")):  # fmt: skip
        for part in range(4):
            content = (whole_texts / name / f"reviews {part}_aug000.csv").read_bytes()
            assert content.startswith((texts / name / f"reviews {part}.csv").read_bytes()[:2])
            text = content.decode(encoding)
            assert text.endswith(end) == bool(part % 2)
            assert text.count("\n") == text.count(end) == 15 + part % 2
    quoted = (whole_texts / "reviews_aug000.tsv").read_text(encoding="utf-8")
    assert quoted.startswith('"id"\t"text"\t"label"\t"split"\t"source_index"\t"variant"\n')
    assert all(line.startswith('"') and line.endswith('"') for line in quoted.splitlines())


def conll(path: Path) -> Iterator[list[list[str]]]:
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = [line.split(" ") for line in block.strip("\n").split("\n")]
        if lines and lines[0] != [""]:
            yield lines


def test_names_keep_their_tags(tmp_path: Path) -> None:
    pipeline = SAMPLES / "pipelines" / "entities.yaml"
    augkit_("run", pipeline, TEXTS / "entities.conll", "out", "-n", 4, *ONE)

    def entities(sentence: list[list[str]]) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for word, tag in sentence:
            if tag.startswith("B-"):
                found.append((word, tag[2:]))
            elif tag.startswith("I-"):
                found[-1] = (f"{found[-1][0]} {word}", tag[2:])
        return found

    before = list(conll(TEXTS / "entities.conll"))
    for variant in range(4):
        after = list(conll(Path("out", f"entities_aug00{variant}.conll")))
        assert len(after) == len(before)
        assert sum(map(len, after)) < sum(map(len, before))
        for one, other in zip(before, after, strict=True):
            assert entities(one) == entities(other)


def test_answers_stand_where_they_are_said_to(tmp_path: Path) -> None:
    augkit_("run", PIPELINE, TEXTS / "questions.jsonl", "out", "-n", 3, *ONE)
    sources = [json.loads(line) for line in (TEXTS / "questions.jsonl").read_text().splitlines()]
    changed = 0
    for variant in range(3):
        lines = Path("out", f"questions_aug00{variant}.jsonl").read_text().splitlines()
        for source, line in zip(sources, map(json.loads, lines), strict=True):
            answers = line["answers"]
            assert answers["text"] == source["answers"]["text"]
            for text, start in zip(answers["text"], answers["answer_start"], strict=True):
                assert line["context"][start : start + len(text)] == text
            assert line["question"] == source["question"]
            changed += line["context"] != source["context"]
    assert changed > 12


def test_together_is_the_same_rows_in_one_file(tmp_path: Path) -> None:
    augkit_("run", PIPELINE, TEXTS / "reviews.csv", "apart", "-n", 3, *ONE)
    augkit_("run", PIPELINE, TEXTS / "reviews.csv", "one", "-n", 3, "--together", *ONE)
    [made] = [path for path in Path("one").iterdir() if path.suffix == ".csv"]
    apart = [rows_of(Path("apart", f"reviews_aug00{k}.csv")) for k in range(3)]
    expected = [row for rows in zip(*apart, strict=True) for row in rows]
    assert rows_of(made) == expected
    assert augkit_("verify", "one", "--all").out.startswith("1 of 1")


def test_splits_and_classes_of_rows(tmp_path: Path) -> None:
    source = rows_of(TEXTS / "reviews.csv")
    augkit_("run", PIPELINE, TEXTS / "reviews.csv", "split", "-n", 2, "--split", "train", *ONE)
    for variant in (0, 1):
        made = rows_of(Path("split", f"reviews_aug00{variant}.csv"))
        for before, after in zip(source, made, strict=True):
            is_train = before["split"] == "train"
            assert after["variant"] == (str(variant) if is_train else "")
            assert is_train or after["text"] == before["text"]
    augkit_("run", PIPELINE, TEXTS / "reviews.csv", "even", "--per-class", 50, *ONE)
    made = rows_of(Path("even", "reviews_aug000.csv"))
    assert Counter(row["label"] for row in made) == {"positive": 50, "negative": 50}
    assert Counter(row["source_index"] for row in made).most_common(1)[0][1] == 2
    more = ("--split", "train", "--per-class", 30)
    augkit_("run", PIPELINE, TEXTS / "reviews.csv", "both", *more, *ONE)
    made = rows_of(Path("both", "reviews_aug000.csv"))
    assert Counter((row["label"], row["split"]) for row in made if row["variant"]) == {
        ("positive", "train"): 30,
        ("negative", "train"): 30,
    }
    augkit_("verify", "both", "--all")


def test_originals_and_names(tmp_path: Path) -> None:
    more = ("--originals", "--name", "{stem}-{variant}{ext}", "-n", 2)
    augkit_("run", PIPELINE, TEXTS / "reviews.csv", "out", *more, *ONE)
    assert Path("out", "reviews.csv").read_bytes() == (TEXTS / "reviews.csv").read_bytes()
    assert {path.name for path in Path("out").glob("*.csv")} == {
        "reviews.csv", "reviews-0.csv", "reviews-1.csv"
    }  # fmt: skip


def test_outputs_are_sources_of_another_run(whole_texts: Path, tmp_path: Path) -> None:
    """Its own documents (manifest.jsonl) are no texts, and the columns get other names."""
    augkit_(*run_of(whole_texts, tmp_path / "out", n=1), "-j", 0)
    assert len(manifest(tmp_path / "out")) == 52
    header = (tmp_path / "out" / "a" / "reviews 0_aug000_aug000.csv").read_text().split("\n")[0]
    assert header.endswith(",source_index,variant,source_index_2,variant_2")


def test_explained_and_made_again_elsewhere(whole_texts: Path, texts: Path, tmp_path: Path) -> None:
    shutil.copytree(whole_texts, tmp_path / "moved")
    shutil.copytree(texts, tmp_path / "texts")
    path = tmp_path / "moved" / "a" / "reviews 0_aug001.csv"
    content = path.read_bytes()
    path.unlink()
    ended = augkit_("explain", path, "--remake", "again.csv", "--source", tmp_path / "texts")
    assert "the same bytes" in ended.err
    assert Path("again.csv").read_bytes() == content
    for said in ("csv, 15 rows", "key 'a/reviews 0.csv', variant 1", "row 9, variant 1", "5 rows"):
        assert said in ended.out
    ended = augkit_("explain", path, "--row", 3)
    assert ended.out.count("row ") == 1
    line = augkit_("explain", path, "--json").data
    assert line["recipe"]["rows"].count("\n") == 15
    augkit_("explain", path, "--row", 15, code=2)


# -- what is wrong -----------------------------------------------------------------------------

BAD = {
    "column.csv": (b"id,verdict\n1,x\n", "no column is called text, sentence"),
    "encoding.csv": (b"text\nok\ncaf\xe9 and\n", "encoding.csv:3: byte 0xe9 is not utf-8"),
    "quoting.csv": (b'text,n\n"a" b,1\n', "quoting.csv:2: ' ' stands after the closing quote"),
    "open.csv": (b'text,n\nx,1\n"a,1\n', "open.csv:3: a quote opens a field here"),
    "fields.csv": (b"text,n\na\n", "fields.csv:2: 1 field, and the header has 2"),
    "empty.csv": (b"", "empty.csv:1: the file is empty"),
    "utf16.csv": ("text\nabc\n".encode("utf-16-le"), "more than a quarter of it is NUL"),
    "tags.conll": (b"EU B-ORG\nsays\n", "tags.conll:2: 1 column, and the lines before have 2"),
    "broken.jsonl": (b'{"text": "a"}\n{"text": \n', "broken.jsonl:2: no valid JSON"),
    "span.jsonl": (b'{"text": "a", "spans": [[0, 9, "x"]]}', "the span from 0 to 9 does not lie"),
    "bytes.txt": (b"\xff\xfeodd", "bytes.txt:1: it ends in the middle of a character"),
}
GOOD = {
    "header.csv": b"text,n\n",
    "crlf.csv": b"text,n\r\none two three,1\r\n",
    "mark.csv": b"\xef\xbb\xbftext,n\none two three,1\n",
    "nul.csv": b"text,n\none two\0 three four five six seven,1\n",
    "surrogate.jsonl": b'{"text": "one \\ud800 two three"}\n',
    "line.csv": b"text,n\n" + b"word " * 210_000 + b",1\n",
    "blank.txt": b" \n\t",
    "emoji.csv": "text\n👩‍👧‍👦 🎉\n日本語のテキストです\nשָׁלוֹם עולם\n".encode(),
    "caf\u00e9 one.csv": b"text\none two three\n",
    "new\nline.csv": b"text\none two three\n",
    "-dash.csv": b"text\none two three\n",
    "'quotes' & <tags>.csv": b"text\none two three\n",
}


SLIPS = """\
augkit: 1
modality: text
seed: 7
pipeline:
  - RandomDeletion: {alpha: 0.1}
  - RandomSwap: {alpha: 0.1}
  - KeyboardTypo: {alpha: 0.1}
"""


def test_bad_files_are_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    slips = tmp_path / "slips.yaml"
    slips.write_text(SLIPS)
    for name, content in {**GOOD, **{name: content for name, (content, _) in BAD.items()}}.items():
        (folder / name).write_bytes(content)
    ended = augkit_("run", slips, folder, "out", "-n", 1, *ONE, "--json", code=3)
    assert ended.data["quarantined"] == len(BAD)
    reasons = quarantine(Path("out"))
    assert set(reasons) == set(BAD)
    for name, (_, reason) in BAD.items():
        assert reason in reasons[name]
        assert str(tmp_path) not in reasons[name]
    assert {line["source"] for line in manifest(Path("out"))} == set(GOOD)
    assert Path("out", "header_aug000.csv").read_bytes() == b"text,n,source_index,variant\n"
    assert augkit_("verify", "out", "--all", "--json").data["problems"] == []
    # A file that was repaired since belongs to another run, which says so.
    (folder / "fields.csv").write_bytes(b"text,n\na,1\n")
    ended = augkit_("run", slips, folder, "out", "-n", 1, *ONE, code=4)
    assert "'fields.csv'" in ended.err


def test_a_told_encoding_and_column(tmp_path: Path) -> None:
    Path("table.csv").write_bytes("nr;wörter\n1;schöne alte Häuser stehen dort\n".encode("cp1252"))
    told = ("--encoding", "cp1252", "--text-column", "wörter")
    augkit_("run", PIPELINE, "table.csv", "out", *told, *ONE)
    made = Path("out", "table_aug000.csv").read_bytes().decode("cp1252")
    assert made.splitlines()[0] == "nr;wörter;source_index;variant"


def test_another_job_is_refused_with_what_differs(texts: Path) -> None:
    source = texts / "a"
    augkit_("run", PIPELINE, source, "out", "-n", 2, *ONE)
    for said, more in {
        "options.together: nothing -> 2": ("-n", 2, "--together"),
        'options.encoding: nothing -> "latin-1"': ("-n", 2, "--encoding", "latin-1"),
    }.items():
        assert said in augkit_("run", PIPELINE, source, "out", *more, *ONE, code=4).err


def test_a_preview_shows_what_a_run_writes(tmp_path: Path) -> None:
    augkit_("run", PIPELINE, TEXTS / "reviews.csv", "out", "-n", 2, *ONE)
    ended = augkit_("preview", PIPELINE, TEXTS / "reviews.csv", "-o", "-", "--count", 60, "-n", 2)
    made = [rows_of(Path("out", f"reviews_aug00{k}.csv")) for k in range(2)]
    blocks = ended.out.split("\n\n")[1:]
    assert len(blocks) == 60
    for number, block in enumerate(blocks):
        key, _, *variants = block.strip("\n").split("\n")
        assert key == f"reviews.csv#{number}"
        for variant, line in enumerate(variants):
            shown = line[14:]
            if "  (" in shown:
                shown = shown[: shown.rindex("  (")]
            assert seen(shown) == made[variant][number]["text"]


def seen(marked: str) -> str:
    """A text in the marks of wdiff, as it is after the edits."""
    return re.sub(r"\{\+(.*?)\+\}", r"\1", re.sub(r"\[-.*?-\]", "", marked))
