"""The ways to run tasks."""

from __future__ import annotations

import os
import signal
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from batch_fakes import add_labels, job, make_source, quick
from batch_process import finished, start

from augkit.batch import LabelSpec
from augkit.batch.engines import ONE_THREAD, open_engine
from augkit.batch.listing import Entry, Listing, ListingPartners, write_listing
from augkit.core.errors import UnreadableError


def test_worker_processes_are_clean() -> None:
    before = dict(os.environ)
    engine = open_engine("processes", 1)
    try:
        for name in ONE_THREAD:
            assert engine.submit(os.getenv, name).result() == "1"
        assert engine.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
    finally:
        engine.close()
    assert dict(os.environ) == before


def test_the_callers_script_is_not_run_again(tmp_path: Path) -> None:
    """``run_job.py`` has no guard: were it imported by workers, they would start runs."""
    source = make_source(tmp_path / "in", 6)
    code, errors = finished(start(source, tmp_path / "out", workers=2, chunk_size=2))
    assert code == 0, errors
    assert errors.count("6 files") == 1


def test_how_a_worker_died() -> None:
    engine = open_engine("processes", 2)
    for expected, call, argument in (
        ("worker died (exit code 3)", os._exit, 3),
        ("worker died (signal 6)", signal.raise_signal, signal.SIGABRT),
    ):
        with pytest.raises(BrokenExecutor):
            engine.submit(call, argument).result()
        assert engine.death() == expected
        engine.restart()
    assert engine.submit(abs, -1).result() == 1
    engine.close()


def listing(tmp_path: Path, count: int) -> Listing:
    entries = (Entry(f"{number:03d}", f"{number:03d}", 1, 1) for number in range(count))
    write_listing(tmp_path / "listing.jsonl", entries)
    return Listing(tmp_path / "listing.jsonl")


def test_partners_are_loaded_when_asked_for(tmp_path: Path) -> None:
    loads: list[str] = []

    def load(entry: Entry) -> dict[str, str]:
        loads.append(entry.key)
        if int(entry.key) in (3, 4, 9):
            raise UnreadableError("broken")
        return {"data": entry.key}

    partners = ListingPartners(listing(tmp_path, 10), load, keep=2)
    assert len(partners) == 10
    assert not loads
    assert partners.key(2) == "002"
    assert partners.load(2) == {"data": "002"}
    assert loads == ["002"]
    # A broken one gives its place to the next that can be read, round the end.
    assert partners.key(3) == "005"
    assert partners.load(3) == {"data": "005"}
    assert partners.key(9) == "000"
    assert partners.index("007") == 7
    with pytest.raises(KeyError):
        partners.index("7")
    assert loads == ["002", "003", "004", "005", "009", "000"]
    partners.load(2)
    assert loads[-1] == "002"  # only two are kept


def test_when_no_partner_can_be_read(tmp_path: Path) -> None:
    def load(entry: Entry) -> dict[str, str]:
        raise UnreadableError("broken")

    with pytest.raises(UnreadableError, match="no partner to mix with could be read"):
        ListingPartners(listing(tmp_path, 40), load).load(1)


def test_a_broken_file_spoils_no_other(tmp_path: Path, source: Path) -> None:
    for number in range(8):
        (source / f"bad{number}.bin").write_bytes(b"BAD")
    assert quick(job(variants=5), source, tmp_path / "out").quarantined == 8


def test_an_engine_with_errors_of_its_own(tmp_path: Path, source: Path) -> None:
    """As Dask's: the worker is replaced, and the task ends with an exception nobody knows."""
    (source / "b" / "poison.bin").write_bytes(b"KILL")
    summary = quick(
        job(pipeline={"mix": False}),
        source,
        tmp_path / "out",
        engine="batch_fakes:StrangePool",
        workers=2,
        chunk_size=6,
    )
    assert [(one["source"], one["reason"]) for one in summary.failures] == [
        ("b/poison.bin", "worker died (KilledWorkerError)")
    ]
    assert summary.outputs == 46


def test_what_cannot_be_sent_blames_no_file(tmp_path: Path, source: Path) -> None:
    add_labels(source)
    labels = LabelSpec("batch_fakes:open_fake_labels", {"lock": True})
    spec = replace(job(), labels=labels)
    with pytest.raises(TypeError, match="pickle"):
        quick(spec, source, tmp_path / "out", workers=1)
    assert not list((tmp_path / "out" / ".augkit" / "parts").iterdir())
    assert quick(spec, source, tmp_path / "out", engine="threads", workers=2).exit_code == 0


def test_facts_that_are_no_json_quarantine_the_file(tmp_path: Path, source: Path) -> None:
    summary = quick(job(pipeline={"odd": True}), source, tmp_path / "out")
    assert (summary.quarantined, summary.outputs) == (23, 0)
    assert {one["stage"] for one in summary.failures} == {"recipe"}
    assert not list((tmp_path / "out" / "a").glob("*"))
