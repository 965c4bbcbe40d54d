"""Word vectors, the synonym table and translation: opening them, and asking them.

    python benchmarks/text_resources.py [--quick]

400,000 vectors of 300 numbers (``--quick``: 40,000) are made, converted and opened; neighbours are
compared with what gensim's ``most_similar`` does, one product of the table with a vector and a
partition. Round trips go through Apertium (Debian package apertium-eng-spa) on sentences of WordNet's
glosses. One thread; tables go to ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _measure import Machine, Target, markdown_table, one_thread, save

WIDTH = 300
ASKED = 256  # neighbours that are looked up together


def spent(work: Callable[[], Any], rounds: int = 1) -> float:
    """Seconds of CPU time, the median over some rounds."""
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def vectors(count: int, folder: Path) -> tuple[list[list[str]], list[Target]]:
    """Converting, opening and asking a table of ``count`` vectors."""
    import numpy as np

    from augkit.text.embeddings import Neighbours, convert, open_vectors

    binary, text, made = folder / "v.bin", folder / "v.txt", folder / "v.vectors"
    generator = np.random.default_rng(1)
    lines = max(count // 20, 1)
    with open(binary, "wb") as file, open(text, "w") as plain:
        file.write(b"%d %d\n" % (count, WIDTH))
        for number in range(count):
            row = generator.standard_normal(WIDTH, np.float32)
            file.write(b"w%d " % number + row.tobytes() + b"\n")
            if number < lines:
                plain.write(f"w{number} {' '.join(f'{each:.5f}' for each in row)}\n")
    slow = spent(lambda: convert(text, folder / "t.vectors")) * count / lines
    quick = spent(lambda: convert(binary, made))
    start = time.perf_counter()
    for _ in range(20):
        table = open_vectors(made)
        table.row("w77")
    opened = (time.perf_counter() - start) / 20
    words = [f"w{number}" for number in range(0, count, count // ASKED)][:ASKED]
    near = Neighbours(table, 10)
    together = spent(lambda: near.look_up(words)) / ASKED
    alone = statistics.median(
        spent(lambda word=word: Neighbours(table, 10).of(word))  # type: ignore[misc]
        for word in words[:7]
    )
    numbers = np.array(table.numbers)
    numbers /= np.linalg.norm(numbers, axis=1, keepdims=True)

    def product(row: int) -> Any:
        cosines = numbers @ numbers[row]
        best = np.argpartition(cosines, -11)[-11:]
        return best[np.argsort(-cosines[best])]

    peer = statistics.median(spent(lambda row=row: product(row)) for row in range(7))  # type: ignore[misc]
    begin = time.perf_counter()
    for _ in range(100):
        for word in words:
            near.of(word)
    warm = (time.perf_counter() - begin) / (100 * ASKED)
    rows = [
        ["convert text (from a part)", f"{slow:.1f} s", ""],
        ["convert word2vec's binary form", f"{quick:.1f} s", ""],
        ["open, and find a word", f"{1e3 * opened:.2f} ms", ""],
        ["neighbours of a new word, alone", f"{1e3 * alone:.1f} ms", f"{peer / alone:.1f}"],
        [
            f"neighbours of a new word, {ASKED} together",
            f"{1e3 * together:.1f} ms",
            f"{peer / together:.1f}",
        ],
        ["neighbours of a known word", f"{1e6 * warm:.2f} us", f"{peer / warm:,.0f}"],
        ["one product and a partition", f"{1e3 * peer:.1f} ms", "1"],
    ]
    return rows, [
        Target(f"open {count:,} x {WIDTH}, wall time", 1e3 * opened, 10, False, " ms"),
        Target("neighbours of a known word", 1e6 * warm, 5, False, " us"),
    ]


def lexicon() -> tuple[list[list[str]], list[Target]]:
    """Loading the synonym table and the built-in vectors, each in a new process."""
    rows, targets = [], []
    for name, code, most in (
        ("the synonym table", "from augkit.text.lexicon.table import builtin", 50.0),
        ("the built-in vectors", "from augkit.text.embeddings import builtin", None),
    ):
        told = f"import time; {code}; t = time.perf_counter(); builtin().{{}}; print(time.perf_counter() - t)"
        asks = {"the synonym table": "words('film')", "the built-in vectors": "row('film n')"}
        run = [sys.executable, "-c", told.format(asks[name])]
        found = [
            float(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
            for _ in range(7)
        ]
        milliseconds = 1e3 * statistics.median(found)
        rows.append([f"load {name}, and find a word", f"{milliseconds:.1f} ms", ""])
        if most is not None:
            targets.append(Target(f"load {name}, wall time", milliseconds, most, False, " ms"))
    return rows, targets


def translation(count: int) -> tuple[list[list[str]], list[Target]]:
    """Round trips through Apertium: time of this process and of those it starts."""
    from _eda import glosses

    from augkit import Compose, text

    sentences = glosses(count)
    pipeline = Compose([text.BackTranslation()], seed=7)
    pipeline.batch(sentences[:2])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin, wall = time.process_time(), time.perf_counter()
    pipeline.batch(sentences)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    took = time.perf_counter() - wall
    cpu = time.process_time() - begin + children
    rows = [
        ["round trips through Apertium", f"{count / took:.0f} per second", ""],
        ["... per second of CPU time", f"{count / cpu:.0f}", ""],
    ]
    # On a core of its own that is a second; the engine's processes share as many as there are.
    return rows, [
        Target("round trips through Apertium, CPU time", count / cpu, 300, True, " per s")
    ]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the vectors")
    options = parser.parse_args()
    one_thread()
    machine = Machine(packages=("numpy",))
    count = 40_000 if options.quick else 400_000
    with tempfile.TemporaryDirectory() as folder:
        rows, targets = vectors(count, Path(folder))
    for more, reached in (lexicon(), translation(500 if options.quick else 2000)):
        rows += more
        targets += reached
    text = [
        f"# What texts are made with{' (quick)' if options.quick else ''}",
        "",
        *machine.lines(),
        f"{count:,} vectors of {WIDTH} numbers, float32.",
        "",
        "## Targets",
        "",
        *(f"- {target}" for target in targets),
        "",
        *markdown_table(["", "time", "× one product and a partition"], rows),
    ]
    name = f"text-resources{'-quick' if options.quick else ''}"
    data = {
        "machine": machine.to_dict(),
        "targets": [target.to_dict() for target in targets],
        "rows": rows,
    }
    path = save(name, text, data)
    for target in targets:
        print(target)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
