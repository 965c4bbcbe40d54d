"""What a worker does: one chunk of samples, from files to files.

A worker gets plain data and gives plain data back; it writes the outputs itself. It may run in
any process on any machine that sees the same folders, and may run a chunk twice: the bytes are
the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from augkit.batch import files
from augkit.batch.collisions import outputs_of
from augkit.batch.earlier import Earlier, earlier_outputs
from augkit.batch.faults import QuarantineError, StopRunError, details, guarded
from augkit.batch.files import json_line
from augkit.batch.listing import Entry, Listing, ListingPartners, partners_file
from augkit.batch.protocol import META, Data, Labels, Medium, Pipeline, instance, resolve
from augkit.batch.pulse import OverdueError, beat, deadline, rest
from augkit.batch.selection import open_labels
from augkit.batch.spec import JobSpec
from augkit.batch.standing import standing
from augkit.batch.syncing import Syncer
from augkit.batch.task import Task, failure_line
from augkit.core.errors import AugkitError, SpecError
from augkit.core.places import described, placed, placed_recipe

__all__ = ["Worker", "written_files"]


def written_files(destination: str, lines: Iterable[dict[str, Any]]) -> list[str]:
    """The files of the outputs that lines tell of, and those beside them."""
    return [
        os.path.join(destination, name)
        for line in lines
        for output in line["outputs"]
        for name in (output["output"], *output.get("beside", ()))
    ]


class Worker:
    """The parts of a job, loaded when they are first needed.

    Parameters
    ----------
    spec
        The job.
    source
        The folder of the samples.
    listing
        The file of the listing.
    """

    def __init__(self, spec: JobSpec, source: str, listing: str | Path) -> None:
        self.spec = spec
        self.source = source
        self._listing_file = Path(listing)
        self._folders: set[str] = set()
        self._places: dict[str, str] = {}  # of the pipeline, and what they hold
        self.kept = 0
        """Outputs of the last task that stood there already."""

    @cached_property
    def medium(self) -> Medium:
        found: Medium = instance(self.spec.medium)
        return found

    @cached_property
    def pipeline(self) -> Pipeline:
        try:
            spec = placed(self.spec.pipeline, self._place)
            found: Pipeline = resolve(self.spec.loader)(spec)
        except AugkitError:
            raise
        except Exception as error:
            raise SpecError(f"the pipeline cannot be loaded: {error}") from error
        return found

    def _place(self, path: str) -> str:
        """Places in a job's pipeline are named as seen from the source."""
        found = os.path.normpath(os.path.join(self.source, path))
        self._places[found] = described(found)
        return found

    @cached_property
    def listing(self) -> Listing:
        return Listing(self._listing_file)

    @cached_property
    def labels(self) -> Labels | None:
        """All labels of the job; loaded only when a partner's are asked for."""
        return open_labels(self.spec, Path(self.source))

    @cached_property
    def partners(self) -> ListingPartners:
        chosen = Listing(self._listing_file, partners_file(self._listing_file))
        return ListingPartners(chosen, self._partner)

    def _partner(self, entry: Entry) -> Data:
        data = self.medium.read(Path(self.source, entry.path), self.spec.options)
        data.pop(META, None)
        return self.labels.read(entry.path, data)[0] if self.labels else data

    # -- a chunk -------------------------------------------------------------------------------

    def process(self, task: Task, syncer: Syncer) -> list[tuple[dict[str, Any], bytes]]:
        """The lines of a task's samples, also as JSON; their outputs then stand in their places.

        What is durable by the chunk is on its way to the disk by ``syncer``.
        """
        _ = self.pipeline, self.medium, self.partners  # what is wrong with them stops the run
        earlier = earlier_outputs(*task.earlier) if task.earlier else {}
        self.kept, self._syncer = 0, syncer
        with deadline(task.timeout):
            return [
                self._timed(task, index, entry, earlier.get(entry.key, {}))
                for index in task.indices
                for entry in (self.listing[index],)
            ]

    def _timed(
        self, task: Task, index: int, entry: Entry, earlier: dict[str, Earlier]
    ) -> tuple[dict[str, Any], bytes]:
        """A sample, unless it is known to hang or is found to."""
        try:
            if index not in task.hung:
                beat(index)
                made = self._sample(task, index, entry, earlier)
                rest()
                return made
        except OverdueError:
            pass
        self.discard(task.destination, entry, labels=task.labels)
        reason = f"took longer than {task.timeout:g} s (timeout)"
        line = failure_line(entry, index, "timeout", reason)
        return line, json_line(line)

    def _sample(
        self, task: Task, index: int, entry: Entry, earlier: dict[str, Earlier]
    ) -> tuple[dict[str, Any], bytes]:
        temporary: list[tuple[str, str]] = []
        try:
            line: dict[str, Any] = {"index": index}
            line["outputs"] = self._outputs(task, index, entry, earlier, temporary)
            text = guarded("recipe", json_line, line)
            self._put(task, temporary)
            if task.durability == "chunk" and temporary:
                self._syncer.start(written_files(task.destination, [line]))
        except QuarantineError as error:
            self.discard(task.destination, entry, temporary, task.labels)
            reason = self._reason(error.error, task, entry, temporary)
            line = failure_line(entry, index, error.stage, reason)
            line["failure"].update(details(error.error))
            return line, json_line(line)
        except BaseException:
            for name, _ in temporary:
                files.remove(name)
            raise
        return line, text

    def _outputs(
        self,
        task: Task,
        index: int,
        entry: Entry,
        earlier: dict[str, Earlier],
        temporary: list[tuple[str, str]],
    ) -> list[dict[str, Any]]:
        """Write every output of a sample under a temporary name; their manifest lines.

        What an earlier run has made and still stands is left as it is.
        """
        wanted = list(outputs_of(self.spec, self.medium, entry))
        if not wanted:
            return []
        path = Path(self.source, entry.path)
        known = standing(
            task.destination, entry, wanted, earlier, lambda: self._source_hash(path, entry)
        )
        self.kept += len(known)
        if len(known) == len(wanted):
            return [known[output] for _, output in wanted]
        digest = self._source_hash(path, entry)
        data: Data = {}
        kept: Any = None
        if entry.variants or task.labels:
            data, kept = self._read(path, entry, task)
        meta = data.pop(META, None)
        lines = []
        for variant, output in wanted:
            beat(index)
            if output in known:
                lines.append(known[output])
                continue
            final = os.path.join(task.destination, output)
            self._make_folder(os.path.dirname(final))
            name = files.temporary_beside(final, task.tag)
            temporary.append((name, final))
            line: dict[str, Any] = {
                "output": output,
                "source": entry.path,
                "key": entry.key,
                "variant": variant,
                "source_sha256": digest,
            }
            if variant is None:
                facts = self._copy(path, name, bool(task.labels))
                result = None
            else:
                self.partners.asked = False
                result, line["recipe"] = self._augment(data, entry, variant)
                if self.partners.asked:
                    line["mixed"] = True
                if meta is not None:
                    result[META] = meta
                facts = self._write(result, name)
                line["facts"] = facts
            written = guarded("write", files.sha256_of, name)
            line["bytes"], line["sha256"] = written
            if variant is None and written.sha256 != digest:
                raise QuarantineError("read", "the file changed while it was read")
            if task.labels is not None:
                line.update(self._write_labels(task, output, result, kept, facts))
            if task.durability == "file":
                files.sync([name])
            lines.append(line)
        return lines

    def _source_hash(self, path: Path, entry: Entry) -> str:
        """The hash of a source that is still what it was when it was listed."""
        try:
            handle, status = files.open_regular(os.fspath(path))
            with open(handle, "rb", buffering=0) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            if not os.path.isdir(self.source):  # unmounted: no file is to blame
                raise StopRunError(1, f"the source {self.source!r} is gone") from error
            gone = isinstance(error, FileNotFoundError)
            reason = "the file vanished during the run" if gone else error.strerror
            raise QuarantineError("read", reason or str(error)) from None
        if (status.st_size, status.st_mtime_ns) != (entry.size, entry.mtime_ns):
            raise QuarantineError("read", "the file changed during the run")
        return digest

    def _read(self, path: Path, entry: Entry, task: Task) -> tuple[Data, Any]:
        data = guarded("read", self.medium.read, path, self.spec.options)
        try:
            status = os.stat(path)
        except OSError:
            raise QuarantineError("read", "the file vanished during the run") from None
        if (status.st_size, status.st_mtime_ns) != (entry.size, entry.mtime_ns):
            raise QuarantineError("read", "the file changed during the run")
        if task.labels is None:
            return data, None
        return guarded("labels", task.labels.read, entry.path, data)

    def _augment(self, data: Data, entry: Entry, variant: int) -> tuple[Data, dict[str, Any]]:
        def run() -> tuple[Data, dict[str, Any]]:
            result, recipe = self.pipeline.run(
                data, key=entry.key, variant=variant, partners=self.partners
            )
            written = recipe.to_dict()
            if self._places:  # the same lines wherever all of it stands
                written = placed_recipe(written, lambda path: self._places.get(path, path))
            return dict(result), written

        return guarded("augment", run)

    def _write(self, data: Data, name: str) -> dict[str, Any]:
        return guarded("write", self.medium.write, data, Path(name), self.spec.options)

    def _copy(self, path: Path, name: str, facts: bool) -> dict[str, Any]:
        guarded("write", shutil.copyfile, path, name)
        return guarded("read", self.medium.probe, path, self.spec.options) if facts else {}

    def _write_labels(
        self, task: Task, output: str, data: Data | None, kept: Any, facts: dict[str, Any]
    ) -> dict[str, Any]:
        if task.labels is None:
            return {}
        written = guarded(
            "write", task.labels.write, output, data, kept, facts, Path(task.destination)
        )
        line: dict[str, Any] = {"labels": written.summary, "record": written.record}
        return {**line, "beside": list(written.files)} if written.files else line

    def _put(self, task: Task, temporary: list[tuple[str, str]]) -> None:
        for name, final in temporary:
            guarded("write", os.replace, name, final)
        if task.durability == "file":
            files.sync({os.path.dirname(final) for _, final in temporary})

    def _make_folder(self, folder: str) -> None:
        if folder not in self._folders:
            guarded("write", os.makedirs, folder, exist_ok=True)
            self._folders.add(folder)

    def discard(
        self,
        destination: str,
        entry: Entry,
        temporary: Iterable[tuple[str, str]] = (),
        labels: Labels | None = None,
    ) -> None:
        """Remove what an attempt at a sample has left: a quarantined file has no outputs."""
        for name, _ in temporary:
            files.remove(name)
        for _, output in outputs_of(self.spec, self.medium, entry):
            files.remove(os.path.join(destination, output))
            for beside in labels.outputs(output) if labels else ():
                files.remove(os.path.join(destination, beside))

    def _reason(
        self,
        error: BaseException | str,
        task: Task,
        entry: Entry,
        temporary: Iterable[tuple[str, str]],
    ) -> str:
        """The message without what differs from run to run: temporary names and absolute paths."""
        reason = str(error) or type(error).__name__
        for name, final in temporary:
            reason = reason.replace(name, final).replace(os.path.basename(name), final)
        for folder in (task.destination, self.source):
            reason = reason.replace(folder + os.sep, "")
        return reason
