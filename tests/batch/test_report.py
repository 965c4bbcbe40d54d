"""What a run says while it works and at its end."""

from __future__ import annotations

import io
import json
from pathlib import Path

from batch_fakes import job, quick

from augkit.batch import LogProgress, Summary, TerminalProgress, choose_progress


class Notebook:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.total = self.before = self.samples = self.outputs = self.quarantined = 0
        self.closed = False

    def start(self, total: int, done: int) -> None:
        self.total, self.before = total, done

    def advance(self, samples: int, outputs: int, quarantined: int) -> None:
        self.samples += samples
        self.outputs += outputs
        self.quarantined += quarantined

    def tick(self) -> None: ...

    def note(self, message: str) -> None: ...

    def close(self) -> None:
        self.closed = True


def test_progress_is_told_of_everything(tmp_path: Path, source: Path) -> None:
    (source / "bad.bin").write_bytes(b"BAD")
    first, second, third = Notebook(), Notebook(), Notebook()
    quick(job(), source, tmp_path / "out", shard="1/2", chunk_size=4, progress=first)
    assert (first.total, first.before, first.samples, first.outputs) == (12, 0, 12, 22)
    quick(job(), source, tmp_path / "out", progress=second)
    assert (second.total, second.before, second.samples) == (24, 12, 12)
    assert (second.outputs, first.quarantined, second.closed) == (24, 1, True)
    summary = quick(job(), source, tmp_path / "out", progress=third)
    assert (third.total, third.before, third.samples, third.outputs) == (24, 24, 0, 0)
    assert (summary.samples, summary.new_samples, summary.outputs) == (23, 0, 46)


def test_summary_in_words_and_as_data(tmp_path: Path, source: Path) -> None:
    (source / "bad.bin").write_bytes(b"BAD")
    summary = quick(job(), source, tmp_path / "out")
    text = str(summary)
    assert "46 of 48 outputs from 23 of 24 files" in text
    assert "'bad.bin' (read): the header says BAD" in text
    data = json.loads(json.dumps(summary.to_dict()))
    assert (data["exit_code"], data["status"], data["seed"]) == (3, "done", 7)
    assert "nothing was left to do" in str(quick(job(), source, tmp_path / "out"))


def test_exit_codes() -> None:
    assert Summary("x").exit_code == 0
    assert Summary("x", quarantined=1).exit_code == 3
    assert Summary("x", "disk full", quarantined=1).exit_code == 5
    assert Summary("x", "aborted").exit_code == 1
    assert Summary("x", "interrupted", signal=15).exit_code == 143
    assert Summary("x", "interrupted", signal=2).exit_code == 130


def test_log_lines_come_now_and_then() -> None:
    stream = io.StringIO()
    progress = LogProgress(stream, every=0)
    progress.start(10, 2)
    progress.advance(4, 8, 1)
    slow = LogProgress(io.StringIO(), every=0)
    slow.start(10, 0)
    slow.tick()
    assert "none of the files is finished yet" in slow._stream.getvalue()  # type: ignore[union-attr]
    quiet = LogProgress(stream, every=1000)
    quiet.start(10, 0)
    quiet.advance(4, 8, 0)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "10 files, 2 of them done before"
    assert lines[1].startswith("6/10 files (60 %), 8 outputs, 1 quarantined")
    assert "files/s" in lines[1]
    assert lines[2:] == ["10 files"]
    assert "\x1b" not in stream.getvalue()


def test_a_bar_on_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    progress = choose_progress(stream)
    assert isinstance(progress, TerminalProgress)
    progress.start(10, 0)
    progress.advance(5, 10, 1)
    progress.tick()
    progress.note("a word")
    progress.close()
    assert "5/10" in stream.getvalue()
    assert "1 quarantined" in stream.getvalue()
    assert "a word" in stream.getvalue()
    assert isinstance(choose_progress(io.StringIO()), LogProgress)
