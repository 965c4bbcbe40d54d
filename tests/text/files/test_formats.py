"""Reading and writing again: what was not augmented keeps its bytes, and what is wrong is said."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from augkit.core.errors import SpecError, UnreadableError
from augkit.text.files import FileOptions, Item, open_table
from augkit.text.files.rows import WrittenTable
from augkit.text.files.tables import Copy

Change = Callable[[dict[str, Any]], dict[str, Any] | None]


def untouched(data: dict[str, Any]) -> None:
    return None


def shouted(data: dict[str, Any]) -> dict[str, Any]:
    name = "tokens" if "tokens" in data else "text"
    words = data[name]
    if isinstance(words, str):
        return {**data, name: words.upper()}
    return {**data, name: [w.upper() for w in words], "token_sources": range(len(words))}


def again(
    folder: Path, name: str, content: bytes, change: Change = shouted, **options: Any
) -> bytes:
    """The file read and written again, each text changed."""
    path = folder / name
    path.write_bytes(content)
    table = open_table(path, FileOptions(**options))
    out, number = WrittenTable(table), 0
    for piece in table:
        if isinstance(piece, Item):
            for text in table.render(piece, [Copy(change(piece.data), number, 0)]):
                out.add(text, piece.line)
            number += 1
        else:
            out.add(piece)
    out.save(folder / "again")
    return (folder / "again").read_bytes()


def refused(folder: Path, name: str, content: bytes, **options: Any) -> str:
    with pytest.raises(UnreadableError) as raised:
        again(folder, name, content, **options)
    return str(raised.value).removeprefix(f"{folder}/")


KEPT = {
    "quotes as they were, CRLF, no last line end": (
        "a.csv",
        b'id,"text",n\r\n1,"a ""q"", b",07\r\n2,plain,1e3',
        b'id,"text",n,source_index,variant\r\n1,"A ""Q"", B",07,0,0\r\n2,PLAIN,1e3,1,0',
    ),
    "all in quotes, semicolons, byte order mark": (
        "a.csv",
        b'\xef\xbb\xbf"id";"text"\n"1";"two\nlines"\n',
        b'\xef\xbb\xbf"id";"text";"source_index";"variant"\n"1";"TWO\nLINES";"0";"0"\n',
    ),
    "blank lines, old Mac line ends": (
        "a.csv",
        b"id,text\r1,a\r\r2,b\r",
        b"id,text,source_index,variant\r1,A,0,0\r\r2,B,1,0\r",
    ),
    "header only": ("a.csv", b"id,text\n", b"id,text,source_index,variant\n"),
    "one column of any name": ("a.csv", b"words\nhi\n", b"words,source_index,variant\nHI,0,0\n"),
    "an empty field, and a quoted one": (
        "a.csv",
        b'text,x\n,1\n"",2\n',
        b'text,x,source_index,variant\n,1,0,0\n"",2,1,0\n',
    ),
    "tabs": ("a.tsv", b"id\ttext\n1\ta, b\n", b"id\ttext\tsource_index\tvariant\n1\tA, B\t0\t0\n"),
    "names that are taken": (
        "a.csv",
        b"text,variant\na,7\n",
        b"text,variant,source_index,variant_2\nA,7,0,0\n",
    ),
    "NUL is a character": (
        "a.csv",
        b"id,text\n1,a long enough text\0 b\n",
        b"id,text,source_index,variant\n1,A LONG ENOUGH TEXT\0 B,0,0\n",
    ),
    "UTF-16 by its mark": (
        "a.csv",
        "text\nß\n".encode("utf-16"),
        "text,source_index,variant\nSS,0,0\n".encode("utf-16"),
    ),
    "line separators that are none": (
        "a.csv",
        "text\na\u2028b\x85c\x0cd\n".encode(),
        "text,source_index,variant\nA\u2028B\x85C\x0cD,0,0\n".encode(),
    ),
    "JSON: numbers, order, spaces, escapes": (
        "a.jsonl",
        b'{"n": 1.00, "text" : "caf\\u00e9",  "x": [1,2] }\r\n\r\n{"text":"b","\\u00e9":1e2}',
        b'{"n": 1.00, "text" : "CAF\\u00c9",  "x": [1,2], "source_index": 0, "variant": 0 }\r\n\r\n'
        b'{"text":"B","\\u00e9":1e2,"source_index":1,"variant":0}',
    ),
    "JSON: characters as they are": (
        "a.jsonl",
        '{"text": "café"}\n'.encode(),
        '{"text": "CAFÉ", "source_index": 0, "variant": 0}\n'.encode(),
    ),
    "JSON: a lone surrogate stays an escape": (
        "a.jsonl",
        b'{"text": "a\\ud800b"}\n',
        b'{"text": "A\\ud800B", "source_index": 0, "variant": 0}\n',
    ),
    "CoNLL: columns, documents, comments, blanks": (
        "a.conll",
        b"-DOCSTART- -X- -X- O\n\n# id 1\nEU  NNP I-NP B-ORG\nsays VBZ I-VP O\n\n\nHe PRP O O",
        b"-DOCSTART- -X- -X- O\n\n# id 1\nEU  NNP I-NP B-ORG\nSAYS VBZ I-VP O\n\n\nHE PRP O O",
    ),
    "CoNLL: tabs, CRLF, a token that looks like a comment": (
        "a.bio",
        b"#\tO\r\nann\tB-PER\r\n\r\n",
        b"#\tO\r\nANN\tB-PER\r\n\r\n",
    ),
    "an empty file of sentences": ("a.conll", b"", b""),
    "an empty file of objects": ("a.jsonl", b"", b""),
}


@pytest.mark.parametrize("name", KEPT)
def test_only_the_text_is_written_anew(name: str, tmp_path: Path) -> None:
    file, content, expected = KEPT[name]
    assert again(tmp_path, file, content) == expected


def test_pairs(tmp_path: Path) -> None:
    def both(data: dict[str, Any]) -> dict[str, Any]:
        return {"text": data["text"] + "!", "pair": data["pair"].upper()}

    columns = {"text_column": "premise", "pair_column": "hypothesis"}
    made = again(tmp_path, "a.csv", b'premise,hypothesis,y\na,"b",1\n', both, **columns)
    assert made.splitlines()[1] == b'a!,"B",1,0,0'
    content = b'{"hypothesis":"b","premise":"a","y":1}'
    made = again(tmp_path, "a.jsonl", content, both, **columns)
    assert made == b'{"hypothesis":"B","premise":"a!","y":1,"source_index":0,"variant":0}'
    reason = refused(tmp_path, "a.csv", b"text,n\na,1\n", pair_column="hypothesis")
    assert reason.startswith("a.csv:1: no column 'hypothesis' for the pair (there are: text, n)")


def test_lines(tmp_path: Path) -> None:
    made = again(tmp_path, "a.txt", b"one\r\ntwo\r\n \r\nthree", read_as="lines")
    assert made == b"ONE\r\nTWO\r\n \r\nTHREE"


def test_quotes_that_mean_nothing(tmp_path: Path) -> None:
    content = b'id\ttext\n1\t"quoted" or not\n2\t"\n'
    made = again(tmp_path, "a.tsv", content, quoting="none")
    assert made == b'id\ttext\tsource_index\tvariant\n1\t"QUOTED" OR NOT\t0\t0\n2\t"\t1\t0\n'


def test_an_encoding_that_is_told(tmp_path: Path) -> None:
    content = "text;n\nfünf;5\n".encode("latin-1")
    assert again(tmp_path, "a.csv", content, encoding="latin-1").endswith(b"F\xdcNF;5;0;0\n")


BROKEN: dict[str, tuple[str, bytes, str]] = {
    "no column": ("a.csv", b"id,verdict\n1,x\n", "a.csv:1: no column is called text"),
    "wrong encoding": ("a.csv", b"text\na\ncaf\xe9 b\n", "a.csv:3: byte 0xe9 is not utf-8"),
    "half a character": ("a.csv", b"text\na\ncaf\xc3", "a.csv:3: it ends in the middle of"),
    "UTF-16 without a mark": (
        "a.csv", "text\nabc\n".encode("utf-16-le"), "a.csv:1: more than a quarter of it is NUL"
    ),
    "a quote that stays open": ("a.csv", b'text,n\na,1\n"b,2\nc,3\n', "a.csv:3: a quote opens"),
    "text after a quote": (
        "a.csv", b'text,n\n"a" b,1\n', "a.csv:2: ' ' stands after the closing quote"
    ),
    "too many fields": ("a.csv", b"text,n\na,1\nb,2,3\n", "a.csv:3: 3 fields, and the header has 2"),
    "too few fields": ("a.csv", b"text,n\na,1\nb\n", "a.csv:3: 1 field, and the header has 2"),
    "the text twice": ("a.csv", b"text,text\na,b\n", "a.csv:1: the column 'text' is there more"),
    "an empty table": ("a.csv", b"", "a.csv:1: the file is empty"),
    "no JSON": ("a.jsonl", b'{"text": "a"}\n{"text": a}\n', "a.jsonl:2: no valid JSON at character"),
    "JSON cut short": ("a.jsonl", b'{"text": "a"', "a.jsonl:1: no valid JSON at character 13"),
    "no object": ("a.jsonl", b'["text"]\n', "a.jsonl:1: not a JSON object, but '[\"text\"]'"),
    "two objects": ("a.jsonl", b'{"text":"a"} {"text":"b"}\n', "a.jsonl:1: '{\"text\":\"b\"}' stands"),
    "no text": ("a.jsonl", b'{"id": 1}\n', "a.jsonl:1: no field is called text"),
    "a number for a text": ("a.jsonl", b'{"text": 5}\n', "a.jsonl:1: 'text' is 5 and no text"),
    "null for a text": ("a.jsonl", b'{"text": null}\n', "a.jsonl:1: 'text' is null and no text"),
    "a span outside": (
        "a.jsonl", b'{"text": "Ann", "spans": [[0, 9, "P"]]}\n',
        "a.jsonl:1: spans: the span from 0 to 9 does not lie in a text of 3 characters",
    ),
    "an answer that is not there": (
        "a.jsonl", b'{"context": "Ann", "answers": {"text": ["Bob"], "answer_start": [0]}}\n',
        "a.jsonl:1: answers: the answer 'Bob' does not stand at 0; there stands 'Ann'",
    ),
    "a tag is missing": ("a.conll", b"EU B-ORG\nsays\n", "a.conll:2: 1 column, and the lines before"),
    "a token is missing": ("a.conll", b"EU X B-ORG\nO O\n", "a.conll:2: 2 columns, and the lines"),
    "no tags at all": ("a.conll", b"EU\nsays\n", "a.conll:1: 1 column: a token and its tag"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_with_its_place(name: str, tmp_path: Path) -> None:
    file, content, reason = BROKEN[name]
    assert refused(tmp_path, file, content).startswith(reason)


def test_a_column_that_was_told_is_not_there(tmp_path: Path) -> None:
    reason = refused(tmp_path, "a.csv", b"id,text\n1,a\n", text_column="words")
    assert reason == "a.csv:1: no column 'words' for the text (there are: id, text)"


def test_what_an_encoding_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text\nabc\n")
    table = open_table(path, FileOptions(encoding="latin-1"))
    out = WrittenTable(table)
    with pytest.raises(UnreadableError, match=r"a\.csv:2: the augmented text holds 'ł'"):
        out.add("ł", 2)


def test_a_megabyte_in_one_line(tmp_path: Path) -> None:
    text = b"word " * 210_000
    assert again(tmp_path, "a.csv", b'id,text\n1,"' + text + b'"\n', untouched).count(b"word") > 2e5
    assert again(tmp_path, "a.jsonl", b'{"text": "' + text + b'"}', untouched).count(b"word") > 2e5


def test_options_that_are_wrong() -> None:
    with pytest.raises(SpecError) as raised:
        FileOptions.of({"read_as": "cvs", "encoding": "utf-9", "delimiter": "::", "split": "train"})
    assert len(raised.value.problems) == 4
    assert "did you mean 'csv'" in str(raised.value)
    with pytest.raises(SpecError, match="unknown option 'text_colum' .did you mean 'text_column'"):
        FileOptions.of({"text_colum": "x"})


# -- any table at all --------------------------------------------------------------------------

FIELD = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=12
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(FIELD, FIELD, FIELD), max_size=5),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_csv_agrees_with_the_standard_library(
    rows: list[tuple[str, ...]], delimiter: str, quoting: int, end: str, tmp_path: Path
) -> None:
    """What `csv` wrote is read as `csv` reads it, and what is written is what it writes."""

    def written(table: list[list[str]]) -> bytes:
        buffer = io.StringIO(newline="")
        writer: Any = csv.writer(
            buffer,
            delimiter=delimiter,
            quoting=quoting,
            lineterminator=end,  # type: ignore[arg-type]
        )
        writer.writerows(table)
        return buffer.getvalue().encode()

    header = ["id", "text", "label"]
    content = written([header, *map(list, rows)])
    made = again(tmp_path, "any.csv", content, lambda data: {"text": data["text"] + "!"})
    read = list(csv.reader(io.StringIO(made.decode(), newline=""), delimiter=delimiter))
    assert read[0] == [*header, "source_index", "variant"]
    assert read[1:] == [
        [one, f"{text}!", label, str(number), "0"] for number, (one, text, label) in enumerate(rows)
    ]
    # Untouched, the file is the same but for what was added.
    same = again(tmp_path, "any.csv", content, untouched)
    kept = list(csv.reader(io.StringIO(same.decode(), newline=""), delimiter=delimiter))
    assert [row[:3] for row in kept] == [header, *map(list, rows)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    others=st.dictionaries(st.text(max_size=6).filter(lambda name: name.lower() not in {
        "text", "spans", "entities", "answers", "source_index", "variant"}), JSON, max_size=4),
    text=st.text(max_size=20),
    ascii_=st.booleans(),
    indent=st.sampled_from([(",", ":"), (", ", ": ")]),
)  # fmt: skip
def test_json_agrees_with_the_standard_library(
    others: dict[str, Any], text: str, ascii_: bool, indent: tuple[str, str], tmp_path: Path
) -> None:
    row = {**others, "text": text}
    line = json.dumps(row, ensure_ascii=ascii_, separators=indent)
    try:
        content = line.encode()
    except UnicodeEncodeError:
        content = json.dumps(row, separators=indent).encode()
    made = again(
        tmp_path,
        "any.jsonl",
        content,
        lambda data: {"text": data["text"] + "é!"},
        text_column="text",
    )
    assert json.loads(made) == {**row, "text": f"{text}é!", "source_index": 0, "variant": 0}
    same = again(tmp_path, "any.jsonl", content, untouched, text_column="text")
    assert same.startswith(content[:-1].rstrip())
