"""Files of word vectors, their converted form, and neighbours against brute force."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from augkit.cli.main import main
from augkit.core.errors import MissingPartError, RefusedError, UnreadableError
from augkit.text.embeddings import Neighbours, Vectors, builtin, convert, open_vectors
from augkit.text.lexicon.wordnet import Synset, read_index

WORDNET = Path("/usr/share/wordnet")
WORDS = ["the", "dog", "naïve", "日本", "b.c.", "Dog"]
NUMBERS = np.random.default_rng(1).normal(size=(len(WORDS), 5)).astype(np.float32)


def lines(words: list[str] = WORDS, numbers: np.ndarray = NUMBERS, end: str = "\n") -> str:
    rows = zip(words, numbers, strict=True)
    return "".join(f"{w} {' '.join(repr(float(n)) for n in row)}{end}" for w, row in rows)


def glove(path: Path) -> None:
    path.write_text(lines(), encoding="utf-8")


def word2vec_text(path: Path) -> None:
    path.write_text(f"{len(WORDS)} 5\n{lines()}", encoding="utf-8")


def fasttext(path: Path) -> None:
    """A blank ends each line, as fastText writes it."""
    path.write_text(f"{len(WORDS)} 5\n{lines(end=' ' + chr(10))}", encoding="utf-8")


def windows(path: Path) -> None:
    path.write_bytes(f"{len(WORDS)} 5\r\n{lines(end=chr(13) + chr(10))}".encode())


def word2vec_binary(path: Path, end: bytes = b"\n") -> None:
    rows = zip(WORDS, NUMBERS, strict=True)
    body = b"".join(word.encode() + b" " + row.astype("<f4").tobytes() + end for word, row in rows)
    path.write_bytes(b"%d 5\n%b" % (len(WORDS), body))


def gensim_binary(path: Path) -> None:
    """gensim puts no line end behind a vector."""
    word2vec_binary(path, b"")


def packed(path: Path) -> None:
    path.write_bytes(gzip.compress(f"{len(WORDS)} 5\n{lines()}".encode()))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("glove.txt", glove),
        ("w2v.txt", word2vec_text),
        ("ft.vec", fasttext),
        ("crlf.vec", windows),
        ("w2v.bin", word2vec_binary),
        ("gensim.bin", gensim_binary),
        ("ft.vec.gz", packed),
    ],
)
def test_every_format_gives_the_same_vectors(
    name: str, write: Callable[[Path], None], tmp_path: Path
) -> None:
    write(tmp_path / name)
    summary = convert(tmp_path / name, tmp_path / "out.vectors")
    table = open_vectors(tmp_path / "out.vectors")
    assert (summary["words"], summary["width"], len(table)) == (len(WORDS), 5, len(WORDS))
    assert [table.word(row) for row in range(len(table))] == WORDS
    assert [table.row(word) for word in WORDS] == list(range(len(WORDS)))
    np.testing.assert_array_equal(table.vectors(range(len(WORDS))), NUMBERS)
    assert table.row("cat") is None
    assert table.row("") is None
    assert table.row("\ud800") is None


def test_words_with_blanks_and_words_that_stand_twice(tmp_path: Path) -> None:
    """GloVe's 840B has words such as ``. . .`` and ``at name@domain.com``."""
    given = [". . .", "at name@domain.com", "dog", "dog"]
    (tmp_path / "a.txt").write_text("the 1 2\n" + lines(given, NUMBERS[:4, :2]))
    summary = convert(tmp_path / "a.txt", tmp_path / "out")
    table = open_vectors(tmp_path / "out")
    assert [table.word(row) for row in range(len(table))] == ["the", *given[:3]]
    assert summary["twice"] == 1
    np.testing.assert_array_equal(table.vectors([3])[0], NUMBERS[2, :2])


def test_a_limit_takes_the_first(tmp_path: Path) -> None:
    for name, write in (("a.txt", glove), ("b.bin", word2vec_binary)):
        write(tmp_path / name)
        convert(tmp_path / name, tmp_path / f"{name}.out", limit=2)
        assert len(open_vectors(tmp_path / f"{name}.out")) == 2


@pytest.mark.parametrize(("dtype", "worst"), [("float16", 1e-3), ("int8", 0.5 / 127)])
def test_smaller_numbers(dtype: str, worst: float, tmp_path: Path) -> None:
    glove(tmp_path / "a.txt")
    convert(tmp_path / "a.txt", tmp_path / "out", dtype=dtype)
    table = open_vectors(tmp_path / "out")
    error = np.abs(table.vectors(range(len(WORDS))) - NUMBERS)
    assert (error <= worst * 1.001 * np.abs(NUMBERS).max(axis=1, keepdims=True)).all()
    assert table.numbers.dtype.itemsize == {"float16": 2, "int8": 1}[dtype]


# -- files that are not as they should be ------------------------------------------------------


def test_files_cut_anywhere_are_refused(tmp_path: Path) -> None:
    """With a header, every cut is seen, but that of the line end behind a binary vector."""
    whole = tmp_path / "whole"
    for write in (word2vec_text, word2vec_binary, gensim_binary, fasttext):
        write(whole)
        data = whole.read_bytes()
        for length in range(0, len(data) - 1, 2):
            (tmp_path / "cut").write_bytes(data[:length])
            with pytest.raises(UnreadableError, match="cut"):
                convert(tmp_path / "cut", tmp_path / "out")
            assert not (tmp_path / "out").exists()
            assert len(list(tmp_path.iterdir())) == 2  # no temporary file stays


def test_converted_files_cut_anywhere_are_refused(tmp_path: Path) -> None:
    glove(tmp_path / "a.txt")
    convert(tmp_path / "a.txt", tmp_path / "out")
    data = (tmp_path / "out").read_bytes()
    for length in range(0, len(data), 7):
        (tmp_path / "cut").write_bytes(data[:length])
        with pytest.raises(UnreadableError):
            open_vectors(tmp_path / "cut")
    (tmp_path / "cut").write_bytes(data[:-1])
    with pytest.raises(UnreadableError, match=r"is cut short: it has \d+ of \d+ bytes"):
        open_vectors(tmp_path / "cut")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"hello", ":1: this is no line of a word and its numbers"),
        (b"\x89PNG\r\n\x1a\n\x00", ":1: this is no line of a word and its numbers"),
        (b"the 1 2\ndog 1 2 3\n", ":2: 3 numbers, where the others have 2"),
        (b"the 1 2\ndog 1\n", ":2: 1 numbers, where the others have 2; the file may be cut short"),
        (b"the 1 2\ndog 1 x\n", ":2: b'x' is no number"),
        (b"the 1 2\ndog 1 2\ncat\n", ":3: 0 numbers, where the others have 2"),
        (b"the 1 2\ndog 1 2", "is cut short, or lacks the line end of its last line"),
        (b"the 1 2\ndog 1 nan\n", "the vector of 'dog' is not finite"),
        (b"the 1 2\ndog 1 1e999\n", "the vector of 'dog' is not finite"),
        (b"2 0\nthe\ndog\n", ":1: 0 numbers per word cannot be"),
        (b"3 2\nthe 1 2\ndog 3 4\n", "is cut short: it says that it has 3 words, and ends after 2"),
    ],
)
def test_files_that_are_none(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(UnreadableError, match=re.escape(message)):
        convert(tmp_path / "a.txt", tmp_path / "out")


def test_a_damaged_gzip_and_a_binary_without_its_header(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(lines().encode())[:-20])
    with pytest.raises(UnreadableError, match="cannot be read"):
        convert(tmp_path / "a.gz", tmp_path / "out")
    glove(tmp_path / "a.bin")
    with pytest.raises(UnreadableError, match="begins with the count of words"):
        convert(tmp_path / "a.bin", tmp_path / "out", format="binary")


def test_originals_and_absent_files_say_what_to_do(tmp_path: Path) -> None:
    glove(tmp_path / "glove.txt")
    with pytest.raises(UnreadableError, match=r"augkit embeddings convert glove.txt glove.vectors"):
        open_vectors(tmp_path / "glove.txt")
    with pytest.raises(MissingPartError, match="there is no file of word vectors"):
        open_vectors(tmp_path / "nowhere")
    with pytest.raises(MissingPartError, match="there is no file of word vectors"):
        convert(tmp_path / "nowhere", tmp_path / "out")
    convert(tmp_path / "glove.txt", tmp_path / "out")
    with pytest.raises(RefusedError, match="exists"):
        convert(tmp_path / "glove.txt", tmp_path / "out")
    convert(tmp_path / "glove.txt", tmp_path / "out", overwrite=True)
    with pytest.raises(ValueError, match="dtype must be one of"):
        convert(tmp_path / "glove.txt", tmp_path / "other", dtype="float8")
    with pytest.raises(ValueError, match="limit must be a whole number"):
        convert(tmp_path / "glove.txt", tmp_path / "other", limit=0)


# -- the command -------------------------------------------------------------------------------


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    glove(tmp_path / "a.txt")
    given = ["embeddings", "convert", str(tmp_path / "a.txt"), str(tmp_path / "a.vectors")]
    assert main([*given, "--json", "--dtype", "int8", "--limit", "4"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["words"], told["dtype"]) == (4, "int8")
    assert told["bytes"] == (tmp_path / "a.vectors").stat().st_size
    assert main(given) == 4
    assert "overwrite" in capsys.readouterr().err
    assert main([*given, "--overwrite"]) == 0
    assert "6 words × 5 float32" in capsys.readouterr().err
    (tmp_path / "a.txt").write_text("3 2\nthe 1 2\n")
    assert main([*given, "--overwrite"]) == 1
    assert "cut short" in capsys.readouterr().err
    assert len(open_vectors(tmp_path / "a.vectors")) == 6  # a failure leaves what was there


# -- neighbours --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    """More rows than one block has, with equal ones and zeros among them."""
    from augkit.text.embeddings.converted import write_vectors
    from augkit.text.embeddings.reading import Block

    numbers = np.random.default_rng(2).normal(size=(40_000, 12)).astype(np.float32)
    numbers[100:140] = numbers[50]
    numbers[33_000:33_010] = 2 * numbers[50]
    numbers[7] = 0
    path = tmp_path_factory.mktemp("vectors") / "large.vectors"
    write_vectors(iter([Block([b"w%d" % n for n in range(len(numbers))], numbers)]), path, 12)
    return open_vectors(path)


def brute(table: Vectors, row: int, top_k: int) -> list[tuple[str, float]]:
    numbers = table.vectors(slice(None)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        unit = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
    cosines = np.nan_to_num(unit @ unit[row])
    cosines[row] = -9
    order = sorted(range(len(cosines)), key=lambda other: (-round(cosines[other], 12), other))
    return [(table.word(other), cosines[other]) for other in order[:top_k]]


@pytest.mark.parametrize("row", [0, 3, 123, 20_000, 39_999])
def test_neighbours_are_those_of_brute_force(large: Vectors, row: int) -> None:
    found = Neighbours(large, 10).of(f"w{row}")
    wanted = brute(large, row, 10)
    np.testing.assert_allclose([c for _, c in found], [c for _, c in wanted], atol=1e-9)
    if row != 123:  # where many are equal, which of them is a matter of rounding
        assert [word for word, _ in found] == [word for word, _ in wanted]


def test_neighbours_do_not_depend_on_company(large: Vectors) -> None:
    alone, together = Neighbours(large, 7), Neighbours(large, 7)
    words = [f"w{row}" for row in (*range(0, 40_000, 997), 7, 55, 120)]
    together.look_up([*words, "no such word"])
    assert [alone.of(word) for word in words] == [together.of(word) for word in words]
    assert together.of("no such word") == ()
    assert all(word != other for word in words for other, _ in alone.of(word))


def test_a_table_of_one_word(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("the 1 2\n")
    convert(tmp_path / "a.txt", tmp_path / "out")
    assert Neighbours(open_vectors(tmp_path / "out"), 5).of("the") == ()


# -- the built-in table ------------------------------------------------------------------------


def cosines(pairs: list[tuple[str, str]]) -> np.ndarray:
    """Of the pairs whose words are both in the table."""
    table = builtin()
    rows = [(table.row(one), table.row(other)) for one, other in pairs]
    known = np.array([each for each in rows if None not in each])
    first, second = table.vectors(known[:, 0]), table.vectors(known[:, 1])
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / lengths


def test_the_built_in_table_is_small_and_keeps_opposites_apart(synsets: list[Synset]) -> None:
    table = builtin()
    assert Path(table.path).stat().st_size < 3_500_000
    assert len(table) > 14_000
    places = {(each.part, each.offset): each for each in synsets}
    opposite = cosines(
        [
            (f"{synset.words[pointer.word - 1]} {synset.part}", f"{other} {pointer.part}")
            for synset in synsets
            for pointer in synset.pointers
            if pointer.symbol == "!" and pointer.word
            for other in [places[pointer.part, pointer.offset].words[0]]
        ]
    )
    assert len(opposite) > 1000
    assert (opposite < 0.7).mean() > 0.95
    # Words of one meaning, the first of both, are near; any two are not.
    first: dict[tuple[str, int], list[str]] = {}
    for sense in read_index(WORDNET):
        first.setdefault((sense.part, sense.offsets[0]), []).append(f"{sense.lemma} {sense.part}")
    pairs = [(names[0], names[1]) for names in first.values() if len(names) > 1]
    same = cosines(pairs[::5])
    assert len(same) > 100
    assert np.median(same) > 0.9
    rows = np.random.default_rng(3).integers(0, len(table), (2000, 2)).tolist()
    assert (cosines([(table.word(a), table.word(b)) for a, b in rows]) > 0.7).mean() < 0.02


@pytest.mark.slow
def test_the_built_in_table_is_what_wordnet_gives() -> None:
    from augkit.text.embeddings.build import build

    names, vectors = build(WORDNET)
    table = builtin()
    assert [table.word(row) for row in range(len(table))] == names
    stored = table.vectors(range(len(table)))
    cosines = (stored * vectors).sum(axis=1) / np.linalg.norm(stored, axis=1)
    assert cosines.min() > 0.999
