"""Makes the built-in word vectors: ``python -m augkit.text.embeddings.build /usr/share/wordnet [FILE]``.

A spectral embedding of WordNet's graph. Every word of the synonym table that was met in WordNet's
texts is a row; its features are the meanings that a short walk over the graph leads to (its own, what
they are kinds of, what they are similar to or part of, what is derived from them), the words of their
definitions, and, with opposite signs, what tells it from its antonym. The singular vectors of
that matrix with the largest singular values are the coordinates; compare Saedi, Branco, Rodrigues
and Silva, "WordNet Embeddings", Rep4NLP 2018, who walk to all meanings instead.

The same WordNet gives the same vectors up to the rounding of the machine's linear algebra.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from math import log, log1p
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.text.embeddings.converted import write_vectors
from augkit.text.embeddings.reading import Block
from augkit.text.embeddings.source import FILE
from augkit.text.lexicon.build import is_known
from augkit.text.lexicon.closed import BLOCKED, CLOSED
from augkit.text.lexicon.table import FILE as TABLE
from augkit.text.lexicon.table import builtin as lexicon
from augkit.text.lexicon.wordnet import Synset, read_counts, read_index, read_synsets

__all__ = ["WIDTH", "build", "write"]

SPECTRAL, OPPOSITES = 128, 32
"""Coordinates from the graph, and those that tell antonyms apart."""
WIDTH = SPECTRAL + OPPOSITES

_Key = tuple[str, int]  # part of speech and offset: a synset

# How much of a walk's weight goes along each kind of edge: kind of, similar to, part of and so on.
_EDGES = {
    "@": 0.6, "@i": 0.6, "&": 0.7, "$": 0.6, "+": 0.4, "\\": 0.6, "=": 0.4, "*": 0.3, ">": 0.3,
    "%p": 0.2, "#p": 0.3, "#m": 0.3, "#s": 0.2, "^": 0.3, ";c": 0.4,
}  # fmt: skip
_STEPS = 4
_LEAST = 0.02  # of a walk: what is less is not followed
_GLOSS = 0.35  # weight of a word of the definition
_OPPOSITE = 0.8  # length of what tells a word from its antonym, beside 1 for the rest
_SENSES = 4


class _Graph(NamedTuple):
    synsets: Mapping[_Key, Synset]
    senses: Mapping[tuple[str, str], tuple[int, ...]]
    counts: Mapping[tuple[str, str, int], int]


def _rows() -> list[tuple[str, str]]:
    """The words of the synonym table that WordNet's texts have, but for what may not be put in."""
    lines = zlib.decompress(TABLE.read_bytes()).decode().partition("\n\n")[0].split("\n")
    fields = (line.split("\t") for line in lines)
    return [
        (lemma, part)
        for lemma, part, uses, *_ in fields
        if int(uses) and lemma not in CLOSED and lemma not in BLOCKED and is_known(lemma, part)
    ]


def _walk(graph: _Graph, lemma: str, part: str) -> dict[_Key, float]:
    """The meanings that a walk from a word comes to, with their weights."""
    offsets = graph.senses[lemma, part][:_SENSES]
    uses = [graph.counts.get((lemma, part, n), 0) + 0.5 for n in range(1, len(offsets) + 1)]
    reached: defaultdict[_Key, float] = defaultdict(float)
    edge = {(part, offset): use / sum(uses) for offset, use in zip(offsets, uses, strict=True)}
    for _ in range(_STEPS):
        following: defaultdict[_Key, float] = defaultdict(float)
        for key, weight in edge.items():
            reached[key] += weight
            pointers = [each for each in graph.synsets[key].pointers if each.symbol in _EDGES]
            kinds = Counter(each.symbol for each in pointers)
            for each in pointers:
                share = weight * _EDGES[each.symbol] / kinds[each.symbol]
                if share > _LEAST:
                    following[each.part, each.offset] += share
        edge = following
    return reached


def _features(graph: _Graph, reached: Mapping[_Key, float]) -> Iterator[tuple[Any, float]]:
    for key, weight in reached.items():
        yield key, weight
        if weight > 0.1:
            definition = graph.synsets[key].gloss.partition(";")[0]
            for word in {_stem(each) for each in re.findall("[a-z]{3,}", definition.lower())}:
                if word not in CLOSED:
                    yield word, _GLOSS * weight


def _opposites(
    graph: _Graph, reached: Mapping[_Key, float], part: str
) -> Iterator[tuple[tuple[_Key, _Key], float]]:
    """The pairs of opposite meanings that a word has to do with, and its side."""
    for key, weight in reached.items():
        for pointer in graph.synsets[key].pointers:
            if pointer.symbol == "!" and pointer.part == part == key[0]:
                other = (pointer.part, pointer.offset)
                yield (min(key, other), max(key, other)), weight if key < other else -weight


def _stem(word: str) -> str:
    found = lexicon().analyses(word)
    return found[0].word.lemma if found else word


def build(directory: Path) -> tuple[list[str], NDArray[np.float32]]:
    """The names of the rows, such as ``dog n``, the most frequent first, and their vectors."""
    graph = _Graph(
        {(synset.part, synset.offset): synset for synset in read_synsets(directory)},
        {(sense.lemma, sense.part): sense.offsets for sense in read_index(directory)},
        read_counts(directory),
    )
    rows = [row for row in _rows() if row in graph.senses and not _is_name(graph, *row)]
    rows.sort(key=lambda row: -(lexicon().word(*row) or _NONE).uses)
    walks = [_walk(graph, *row) for row in rows]
    spectral = _embedded([_summed(_features(graph, walk)) for walk in walks])
    pairs = [
        _summed(_opposites(graph, walk, part)) for walk, (_, part) in zip(walks, rows, strict=True)
    ]
    made = np.hstack([spectral, _OPPOSITE * _told_apart(pairs)])
    kept = np.flatnonzero(np.abs(spectral).max(axis=1) > 0)  # what shares nothing has no place
    return [" ".join(rows[row]) for row in kept.tolist()], _unit(made[kept]).astype(np.float32)


def _is_name(graph: _Graph, lemma: str, part: str) -> bool:
    """Whether the word is a name first of all: it has a capital there, or is of one thing only."""
    synset = graph.synsets[part, graph.senses[lemma, part][0]]
    return lemma not in synset.words or any(each.symbol == "@i" for each in synset.pointers)


class _Unknown(NamedTuple):
    uses: int = 0


_NONE: Any = _Unknown()


def _summed(pairs: Iterator[tuple[Any, float]]) -> dict[Any, float]:
    total: dict[Any, float] = {}
    for feature, weight in pairs:
        total[feature] = total.get(feature, 0.0) + weight
    return total


def _embedded(found: list[dict[Any, float]]) -> NDArray[np.float64]:
    """The rows in the space of the singular vectors, each of length 1."""
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.linalg import svds

    spread = Counter(feature for each in found for feature in each)
    shared = sorted((feature for feature, rows in spread.items() if rows > 1), key=repr)
    columns = {feature: number for number, feature in enumerate(shared)}
    data: list[float] = []
    places: list[int] = []
    ends = [0]
    for each in found:
        for feature, weight in each.items():
            if feature in columns:
                data.append(log1p(10 * weight) * log(len(found) / spread[feature]))
                places.append(columns[feature])
        ends.append(len(data))
    matrix: Any = csr_matrix((data, places, ends), shape=(len(found), len(columns)))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix = diags(1 / np.maximum(lengths, 1e-12)) @ matrix
    left, sizes, _ = svds(matrix, k=SPECTRAL, v0=np.ones(min(matrix.shape)), tol=1e-9)
    order = np.argsort(-sizes)
    left, sizes = left[:, order], sizes[order]
    # A singular vector is known but for its sign: let its largest number be positive.
    left *= np.sign(left[np.abs(left).argmax(axis=0), np.arange(SPECTRAL)])
    return _unit(left * np.sqrt(sizes))


def _told_apart(pairs: list[dict[tuple[_Key, _Key], float]]) -> NDArray[np.float64]:
    """A direction for each pair of opposites, summed up for each word; at most of length 1."""
    known = {
        pair: number for number, pair in enumerate(sorted({p for each in pairs for p in each}))
    }
    generator = np.random.Generator(np.random.Philox(1))
    directions = _unit(generator.choice([-1.0, 1.0], (len(known), OPPOSITES)))
    made = np.zeros((len(pairs), OPPOSITES))
    for row, each in enumerate(pairs):
        for pair, weight in each.items():
            made[row] += weight * directions[known[pair]]
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    told: NDArray[np.float64] = made / np.maximum(lengths, 1)
    return told


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    made: NDArray[np.float64] = rows / np.maximum(
        np.linalg.norm(rows, axis=1, keepdims=True), 1e-12
    )
    return made


def write(directory: Path, file: Path = FILE) -> None:
    """Build the vectors and write them in the form that is mapped into memory."""
    names, vectors = build(directory)
    block = Block([name.encode() for name in names], vectors)
    write_vectors(iter([block]), file, WIDTH, "int8")


if __name__ == "__main__":
    write(
        Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet"),
        Path(sys.argv[2]) if len(sys.argv) > 2 else FILE,
    )
