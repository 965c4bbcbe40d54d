"""Text transforms against nlpaug and an EDA loop over NLTK's WordNet.

    python benchmarks/text.py [--quick]

One thread on one core, on sentences of WordNet's glosses (Debian package wordnet-base); tables go
to ``benchmarks/results``. Needs the extra ``[bench]``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from _measure import Machine, Target, Timing, markdown_table, measure, one_thread, save

OURS, CALL, PEER, LOOP = "augkit", "augkit, one by one", "nlpaug", "EDA loop"
ALPHA = 0.1
CHUNK = 1000  # sentences in a batch


class Case(NamedTuple):
    """One kind of augmentation, by all who have it.

    Attributes:
        name: for the table.
        ours: our transform.
        peer: nlpaug's augmenter, or None.
        loop: of one sentence, or None.
        target: how many times as fast as nlpaug (else the loop) it has to be; None: just shown.
        note: what differs.
    """

    name: str
    ours: Any
    peer: Any = None
    loop: Callable[[str], str] | None = None
    target: float | None = None
    note: str = ""


def cases() -> list[Case]:
    """All at the same strength: a tenth of the words, one edit in each."""
    import nlpaug.augmenter.char as nac
    import nlpaug.augmenter.word as naw
    from _eda import EDALoop

    from augkit import text

    loop = EDALoop(ALPHA)
    char = {"aug_word_p": ALPHA, "aug_char_min": 1, "aug_char_max": 1}
    found = [
        Case(
            "deletion",
            text.RandomDeletion(alpha=ALPHA),
            naw.RandomWordAug(action="delete", aug_p=ALPHA),
            loop.deletion,
            5,
        ),
        Case(
            "swap",
            text.RandomSwap(alpha=ALPHA),
            naw.RandomWordAug(action="swap", aug_p=ALPHA),
            loop.swap,
            5,
            "nlpaug swaps neighbours only",
        ),
        Case("typo", text.KeyboardTypo(alpha=ALPHA), nac.KeyboardAug(**char), target=5),
        Case(
            "character insertion",
            text.CharInsert(alpha=ALPHA),
            nac.RandomCharAug(action="insert", **char),
            target=5,
        ),
        Case(
            "character deletion",
            text.CharDelete(alpha=ALPHA),
            nac.RandomCharAug(action="delete", **char),
        ),
        Case(
            "character swap", text.CharSwap(alpha=ALPHA), nac.RandomCharAug(action="swap", **char)
        ),
        Case("OCR", text.OCRNoise(alpha=ALPHA), nac.OcrAug(**char)),
        Case("split", text.SplitWords(alpha=ALPHA), naw.SplitAug(aug_p=ALPHA)),
        Case("spelling", text.SpellingError(alpha=ALPHA), naw.SpellingAug(aug_p=ALPHA)),
        Case("punctuation (AEDA)", text.PunctuationInsertion()),
        Case("merge", text.MergeWords(alpha=ALPHA)),
        Case("case", text.CaseChange(alpha=ALPHA)),
        Case("contractions", text.ContractionChange()),
        Case("sentence shuffle", text.SentenceShuffle()),
    ]
    found += [
        Case(
            "synonyms",
            text.SynonymReplacement(alpha=ALPHA),
            loop=loop.replacement,
            note="ours agree in inflection",
        ),
        Case(
            "insertion",
            text.RandomInsertion(alpha=ALPHA),
            _tf_idf(),
            loop.insertion,
            5,
            "nlpaug by tf-idf: without a model it has no synonyms to insert",
        ),
    ]
    found.append(Case("embedding neighbours", text.EmbeddingReplacement(alpha=ALPHA)))
    found.append(Case("tf-idf", text.TfIdfReplacement(alpha=ALPHA, table=_statistics())))
    found.append(Case("EDA", text.eda(alpha=ALPHA), loop=loop.any))
    return found


def _tf_idf() -> Any:
    """nlpaug's insertion of words: by the weights of a corpus, here of these sentences."""
    import nlpaug.augmenter.word as naw
    from _eda import glosses
    from nlpaug.model.word_stats import TfIdf

    model = TfIdf()
    model.train([sentence.split() for sentence in glosses(2000)])
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder)
        return naw.TfIdfAug(model_path=folder, action="insert", aug_p=ALPHA)


def _statistics() -> dict[str, tuple[float, float]]:
    from _eda import glosses

    from augkit import text

    return text.tf_idf(glosses(2000))


def timings(quick: bool, failures: list[str]) -> list[tuple[Case, Timing, str]]:
    """Seconds per sentence of every case, and an example."""
    from _eda import glosses

    from augkit import Compose

    sentences = glosses(2000 if quick else 10000)
    chunks = [sentences[begin : begin + CHUNK] for begin in range(0, len(sentences), CHUNK)]
    keys = [list(range(begin, begin + CHUNK)) for begin in range(0, len(sentences), CHUNK)]
    rows = []
    for case in cases():
        pipeline = case.ours if isinstance(case.ours, Compose) else Compose([case.ours], seed=7)
        contenders: dict[str, Callable[[int], Any]] = {
            OURS: _batch(pipeline, chunks, keys),
            CALL: _calls(pipeline, chunks),
        }
        if case.peer is not None:
            contenders[PEER] = _peer(case.peer, chunks)
        if case.loop is not None:
            contenders[LOOP] = _loop(case.loop, chunks)
        try:
            timing = measure(
                contenders,
                inputs=len(chunks),
                rounds=7 if quick else 21,
                budget=8 if quick else 40,
            )
        except Exception as error:  # one that fails must not cost the others their numbers
            failures.append(f"{case.name}: {error!r}")
            continue
        each = Timing({who: [s / CHUNK for s in spent] for who, spent in timing.rounds.items()})
        rows.append((case, each, pipeline(sentences[5], key=5)))
        told = ", ".join(f"{who} {1e6 * each.median(who):.1f}" for who in each.rounds)
        print(f"  {case.name}: {told} us", file=sys.stderr, flush=True)
    return rows


def _batch(pipeline: Any, chunks: Any, keys: Any) -> Callable[[int], Any]:
    return lambda number: pipeline.batch(chunks[number], keys=keys[number])


def _calls(pipeline: Any, chunks: Any) -> Callable[[int], Any]:
    # A tenth of the sentences ten times over would be the same: one call costs what it costs.
    return lambda number: [pipeline(each, key=k) for k, each in enumerate(chunks[number])]


def _peer(augmenter: Any, chunks: Any) -> Callable[[int], Any]:
    return lambda number: augmenter.augment(chunks[number])


def _loop(operation: Callable[[str], str], chunks: Any) -> Callable[[int], Any]:
    return lambda number: [operation(each) for each in chunks[number]]


def first_result() -> float:
    """Seconds of CPU time of a process that augments one text."""
    code = (
        "import time; begin = time.process_time();"
        "from augkit import Compose, text;"
        "Compose([text.RandomDeletion(n=1)], seed=7)('one two three', key=1);"
        "print(time.process_time() - begin)"
    )
    spent = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(7)
    ]
    return sorted(spent)[len(spent) // 2]


def report(rows: Sequence[tuple[Case, Timing, str]]) -> tuple[list[str], list[Target]]:
    """The table, and what it says about the targets."""
    lines, targets = [], []
    for case, timing, _ in rows:
        cells = [
            f"{1e6 * timing.median(who):,.1f}" if who in timing.rounds else "–"
            for who in (OURS, CALL, PEER, LOOP)
        ]
        ratios = []
        for who in (PEER, LOOP):
            if who in timing.rounds:
                low, middle, high = timing.ratio(who, OURS)
                ratios.append(f"{middle:.1f} ({low:.1f}–{high:.1f})")
            else:
                ratios.append("–")
        lines.append([case.name, *cells, *ratios, case.note])
        if case.target is not None:
            who = PEER if PEER in timing.rounds else LOOP
            ratio = timing.ratio(who, OURS)[1]
            targets.append(
                Target(f"{case.name} in batches, against {who}", ratio, case.target, True, "x")
            )
        if case.name == "synonyms":
            spent = 1e6 * timing.median(OURS)
            targets.append(Target("synonyms, warm, per sentence", spent, 40, False, " us"))
    head = ["µs per sentence", "batch", "one by one", "nlpaug", "EDA loop"]
    head += ["× nlpaug", "× EDA loop", "note"]
    return markdown_table(head, lines), targets


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two minutes; less exact")
    options = parser.parse_args()
    one_thread()
    machine = Machine(packages=("numpy", "numba", "regex", "nltk", "nlpaug"))
    failures: list[str] = []
    rows = timings(options.quick, failures)
    table, targets = report(rows)
    start = first_result()
    targets.append(Target("from import to the first text, CPU time", start, 0.3, False, " s"))
    text = [
        f"# Texts{' (quick)' if options.quick else ''}",
        "",
        *machine.lines(),
        f"{'2,000' if options.quick else '10,000'} sentences of WordNet's glosses and examples, in "
        f"batches of {CHUNK:,}; alpha {ALPHA}; URLs, numbers, code and the like protected.",
        *(f"FAILED: {failure}" for failure in failures),
        "",
        "## Targets",
        "",
        *(f"- {target}" for target in targets),
        "",
        "## Single transforms",
        "",
        *table,
        "",
        "## What they make of one sentence",
        "",
        *markdown_table(["", "result"], [[case.name, example] for case, _, example in rows]),
    ]
    data = {
        "machine": machine.to_dict(),
        "failures": failures,
        "targets": [target.to_dict() for target in targets],
        "microseconds_per_sentence": {case.name: timing.to_dict() for case, timing, _ in rows},
        "first_text_seconds": start,
    }
    path = save("text-quick" if options.quick else "text", text, data)
    for line in (*targets, *(f"FAILED: {failure}" for failure in failures)):
        print(line)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
