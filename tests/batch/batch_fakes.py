"""A medium, labels and a pipeline as small as the folder job allows; all of bytes.

A file is its bytes. The pipeline appends a line of key, variant and seed, and with ``mix`` the key
of a partner. Some contents make trouble; see `FakeMedium.read` and `FakePipeline.run`.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from augkit.batch import META, JobSpec, LabelFacts, LabelSpec, Summary, run
from augkit.core.errors import UnreadableError


class FakeMedium:
    """Reads and writes files as they are."""

    name = "fake"
    extensions = frozenset({".bin", ".raw"})
    packages = ()

    def probe(self, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        content = path.read_bytes()
        if content.startswith(b"BAD"):
            raise UnreadableError("the header says BAD")
        return {"size": len(content)}

    def read(self, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        content = path.read_bytes()
        if content.startswith(b"BAD"):
            raise UnreadableError("the header says BAD")
        if content.startswith(b"CRASH"):
            raise RuntimeError(f"a bug met {path}")
        return {"bytes": content, META: {"suffix": path.suffix}}

    def write(self, data: dict[str, Any], path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        assert data[META]["suffix"].lower() in self.extensions
        path.write_bytes(data["bytes"] * options.get("repeat", 1))
        return {"size": len(data["bytes"])}

    def output_suffix(self, source_suffix: str, options: Mapping[str, Any]) -> str:
        return str(options.get("format", source_suffix.lower()))


@dataclass
class FakeRecipe:
    data: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return self.data


class FakePipeline:
    """Appends a line that only depends on seed, key and variant."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.seed = spec["seed"]
        self.mix = spec.get("mix", False)
        self.sleep = spec.get("sleep", 0.0)
        self.odd = spec.get("odd", False)
        self.touch, self.unlink = spec.get("touch", []), spec.get("unlink", [])

    def run(
        self, data: Mapping[str, Any], /, *, key: str, variant: int, partners: Any = None
    ) -> tuple[dict[str, Any], FakeRecipe]:
        content = data["bytes"]
        if content.startswith(b"KILL"):
            os.kill(os.getpid(), signal.SIGKILL)
        if content.startswith(b"EXIT"):
            os._exit(7)
        if content.startswith(b"HANG"):
            time.sleep(1e6)
        if content.startswith(b"SPIN"):
            sum(iter(int, 1))  # for ever, without letting go of the interpreter
        if content.startswith(b"STOP"):
            os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(self.sleep)
        for name in self.touch:
            os.utime(name, (1, 1))
        for name in self.unlink:
            Path(name).unlink(missing_ok=True)
        word = hashlib.sha256(f"{self.seed}/{key}/{variant}".encode()).hexdigest()[:16]
        recipe: dict[str, Any] = {"word": word, "key": key, "variant": variant}
        if self.odd:
            recipe["odd"] = object()
        if self.mix:
            recipe["partner"] = partners.key(int(word, 16) % len(partners))
        return self.apply(data, recipe, partners=partners), FakeRecipe(recipe)

    def apply(
        self, data: Mapping[str, Any], recipe: Mapping[str, Any], /, *, partners: Any = None
    ) -> dict[str, Any]:
        assert META not in data
        content = data["bytes"] + b"\n" + recipe["word"].encode()
        if "partner" in recipe:
            content += partners.load(partners.index(recipe["partner"]))["bytes"]
        return {**data, "bytes": content}


class FakeLabels:
    """One number per file in ``labels.json``; ``NAME.txt`` beside every output and one list."""

    def __init__(self, table: dict[str, int], lock: Any = None) -> None:
        self.table = table
        self.lock = lock

    def is_label_file(self, path: str) -> bool:
        return path.startswith("masks/")

    def group(self, path: str) -> tuple[str | None, str | None]:
        return None, None

    def digests(self) -> dict[str, str]:
        return {}

    def stamp(self, path: str) -> str:
        return str(self.table.get(path, ""))

    def subset(self, paths: Sequence[str]) -> FakeLabels:
        table = {path: self.table[path] for path in paths if path in self.table}
        return FakeLabels(table, self.lock)

    def read(self, path: str, data: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        if path not in self.table:
            raise ValueError(f"no label for {path}")
        return {**data, "label": self.table[path]}, self.table[path]

    def outputs(self, output: str) -> Sequence[str]:
        return [os.path.splitext(output)[0] + ".txt"]

    def write(
        self,
        output: str,
        data: dict[str, Any] | None,
        kept: Any,
        facts: Mapping[str, Any],
        destination: Path,
    ) -> LabelFacts:
        [beside] = self.outputs(output)
        label = kept if data is None else data["label"]
        (destination / beside).write_text(f"{label} {facts['size']}\n")
        return LabelFacts({"label": label}, [label, facts["size"]], [beside])

    def dataset_outputs(self) -> Sequence[str]:
        return ["labels.json"]

    def write_dataset(self, records: Iterable[tuple[str, Any]], destination: Path) -> Sequence[str]:
        (destination / "labels.json").write_text(json.dumps(list(records), indent=0))
        return ["labels.json"]


def open_fake_labels(source: Path, **options: Any) -> FakeLabels:
    labels = FakeLabels(json.loads((source / "labels.json").read_text()))
    if options.get("lock"):
        labels.lock = threading.Lock()  # what no other process can be sent
    return labels


def make_source(root: Path, count: int, *, reverse: bool = False) -> Path:
    """``count`` files in three folders, made in sorted or in reverse order."""
    order = range(count - 1, -1, -1) if reverse else range(count)
    for number in order:
        path = root / f"{'abc'[number % 3]}/file {number:03d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"content {number}".encode() * (1 + number % 5))
    return root


def add_labels(root: Path) -> None:
    """A label for every file."""
    paths = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.bin"))
    table = {path: number for number, path in enumerate(paths)}
    (root / "labels.json").write_text(json.dumps(table))


def job(*, labels: bool = False, pipeline: dict[str, Any] | None = None, **fields: Any) -> JobSpec:
    """A job on the fakes."""
    fields.setdefault("variants", 2)
    fields.setdefault("seed", 7)
    return JobSpec(
        pipeline=pipeline or {"mix": True},
        medium="batch_fakes:FakeMedium",
        loader="batch_fakes:FakePipeline",
        labels=LabelSpec("batch_fakes:open_fake_labels") if labels else None,
        **fields,
    )


def quick(spec: JobSpec, source: Path, destination: Path, **named: Any) -> Summary:
    """A run in this process that does not wait for the disk."""
    return run(spec, source, destination, **{"workers": 0, "durability": "none", **named})


def tree(root: Path) -> dict[str, str]:
    """The hash of every file a user sees, by relative path."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            relative = path.relative_to(root)
            if relative.parts[0] != ".augkit":
                content = path.read_bytes()
                found[os.fspath(relative)] = hashlib.sha256(content).hexdigest()
    return found


def leftovers(root: Path) -> list[str]:
    """Temporary files below a folder."""
    return [
        os.path.join(folder, name)
        for folder, _, names in os.walk(root)
        for name in names
        if name.startswith(".augkit-")
    ]


def _never_start() -> None:
    raise RuntimeError("a worker that cannot start")


def broken_pool(workers: int) -> ProcessPoolExecutor:
    """A pool whose workers die at once."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_never_start)


class KilledWorkerError(Exception):
    """As other engines say that a worker was lost."""


class StrangePool(ThreadPoolExecutor):
    """An engine that replaces lost workers by itself, with an error of its own."""

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        def call() -> Any:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                try:
                    return pool.submit(function, *arguments, **named).result()
                except BrokenExecutor:
                    raise KilledWorkerError from None

        return super().submit(call)
