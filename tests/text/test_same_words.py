"""What takes words from tables gives the same anywhere: any hash seed, process, thread or batch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from augkit import Compose, OneOf, text

SENTENCES = (
    "The country built a new airport near an old city, and the doctors bought two cars.",
    "Some students began their work quickly; others waited for the rain to stop.",
    "A big house burned down while the teacher was watching a film about money.",
    "He let it be, for he had no love in him and they would not help an honest man.",
)
PIPELINE = Compose(
    [
        OneOf(
            [
                text.SynonymReplacement(alpha=0.3, senses=3, rare=True),
                text.EmbeddingReplacement(alpha=0.3),
                text.TfIdfReplacement(alpha=0.3, table=text.tf_idf(SENTENCES)),
            ]
        ),
        text.RandomInsertion(alpha=0.2),
    ],
    seed=5,
)
KEYS = tuple(range(80))


def made(key: int) -> str:
    result: str = PIPELINE(SENTENCES[key % len(SENTENCES)], key=key)
    return result


def test_hash_seeds() -> None:
    """EDA gives three results for three hash seeds."""
    expected = [made(key) for key in KEYS]
    assert len(set(expected)) > 60
    code = (
        "import json; from tests.text.test_same_words import KEYS, made;"
        "print(json.dumps([made(key) for key in KEYS]))"
    )
    for seed in ("0", "77"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        )
        assert json.loads(done.stdout) == expected


def test_threads_and_batches() -> None:
    """Tables are filled as words are met: in any order, they say the same."""
    expected = [made(key) for key in KEYS]
    texts = [SENTENCES[key % len(SENTENCES)] for key in KEYS]
    fresh = Compose.from_dict(PIPELINE.to_dict())
    with ThreadPoolExecutor(4) as pool:
        backwards = list(pool.map(lambda key: fresh(texts[key], key=key), KEYS[::-1]))
    assert backwards == expected[::-1]
    assert PIPELINE.batch(texts, keys=KEYS) == expected
    assert PIPELINE.batch(texts[30:50], keys=KEYS[30:50]) == expected[30:50]
    assert PIPELINE.batch(texts * 10, keys=KEYS * 10) == expected * 10
    run = PIPELINE.run_batch(texts, keys=KEYS)
    assert [result for result, _ in run] == expected
    assert [PIPELINE.apply(one, recipe) for one, (_, recipe) in zip(texts, run, strict=True)] == (
        expected
    )


def test_words_of_a_preposition_stay() -> None:
    """nlpaug takes IN, the tag of prepositions, for adjectives."""
    for transform in (
        text.SynonymReplacement(n=9, senses=3, rare=True),
        text.EmbeddingReplacement(n=9, min_similarity=0),
    ):
        pipeline = Compose([transform], seed=1)
        assert all(
            pipeline("in out about after over", key=key) == "in out about after over"
            for key in KEYS
        )
