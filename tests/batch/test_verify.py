"""Every output can be made again from its line in the manifest."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from batch_fakes import add_labels, job, quick

from augkit.batch import explain, manifest_lines, remake, run_root, verify
from augkit.core.errors import AugkitError, RefusedError


@pytest.fixture
def done(tmp_path: Path, source: Path) -> Path:
    add_labels(source)
    (source / "a" / "bad.bin").write_bytes(b"BAD")
    add_labels(source)
    quick(job(labels=True, originals="copy"), source, tmp_path / "out", chunk_size=4)
    return tmp_path / "out"


def test_all_of_them(done: Path) -> None:
    found = verify(done, sample=None)
    assert (found.ok, found.exit_code, found.checked, found.outputs) == (True, 0, 69, 69)
    assert verify(done / "a", sample=7).checked == 7
    assert verify(done, sample=0).checked == 0
    assert "69 of 69 outputs made again, byte" in str(found)


def test_what_is_wrong(done: Path, source: Path) -> None:
    (done / "a" / "file 000_aug000.bin").write_bytes(b"edited")
    (done / "a" / "file 000_aug001.bin").unlink()
    (source / "b" / "file 001.bin").write_bytes(b"another source")
    (source / "b" / "file 004.bin").unlink()
    found = verify(done, sample=None)
    assert found.exit_code == 1
    problems = {one["output"]: one["problem"] for one in found.problems}
    assert problems["a/file 000_aug000.bin"] == "the output was changed after the run"
    assert problems["a/file 000_aug001.bin"] == "the output is gone"
    assert "is not what it was" in problems["b/file 001_aug000.bin"]
    assert "cannot be made again" in problems["b/file 004_aug000.bin"]
    assert found.to_dict()["ok"] is False


def test_explain_and_remake(done: Path, source: Path, tmp_path: Path) -> None:
    output = done / "b" / "file 007_aug001.bin"
    content = output.read_bytes()
    line = explain(output)
    assert (line["source"], line["variant"]) == ("b/file 007.bin", 1)
    assert line["sha256"] == hashlib.sha256(content).hexdigest()
    assert (
        line["source_sha256"] == hashlib.sha256((source / line["source"]).read_bytes()).hexdigest()
    )
    output.unlink()
    assert remake(output, to=tmp_path / "again.bin") == content
    assert (tmp_path / "again.bin").read_bytes() == content
    assert remake(done / "b" / "file 007.bin") == (source / "b" / "file 007.bin").read_bytes()
    assert run_root(output) == done
    with pytest.raises(RefusedError, match="is not one of the outputs"):
        explain(done / "nothing.bin")
    with pytest.raises(RefusedError, match=r"no run\.json"):
        explain(source / "b" / "file 007.bin")


def test_a_source_that_has_moved(done: Path, source: Path, tmp_path: Path) -> None:
    source.rename(tmp_path / "moved")
    output = done / "a" / "file 000_aug000.bin"
    with pytest.raises(AugkitError, match=r"\(source\)"):
        remake(output)
    assert remake(output, source=tmp_path / "moved") == output.read_bytes()
    assert verify(done, source=tmp_path / "moved").ok


def test_an_unfinished_run_can_be_asked(tmp_path: Path, source: Path) -> None:
    quick(job(), source, tmp_path / "out", shard="1/2", chunk_size=4)
    assert len(list(manifest_lines(tmp_path / "out"))) == 24
    assert explain(tmp_path / "out" / "a" / "file 000_aug000.bin")["variant"] == 0
    assert verify(tmp_path / "out").ok


def test_without_its_state(tmp_path: Path, source: Path) -> None:
    quick(job(pipeline={"mix": False}), source, tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / ".augkit")
    with pytest.raises(AugkitError, match=r"\(source\)"):
        verify(tmp_path / "out")
    assert verify(tmp_path / "out", source=source).ok
