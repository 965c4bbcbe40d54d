"""What became of a pipeline of another library: the pipeline, and what is different about it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from augkit.core.compose import Compose
from augkit.core.errors import SpecError
from augkit.core.spec_write import write
from augkit.core.transform import Node

__all__ = ["Built", "Imported", "Match", "Missing", "MissingTransformError", "Step", "assembled"]

Match: TypeAlias = Literal["exact", "approximate", "left out"]
Missing: TypeAlias = Literal["error", "skip"]
"""What to do with transforms that have no counterpart."""

WIDTH = 96


class MissingTransformError(SpecError):
    """Transforms have no counterpart; ``problems`` names each with the reason."""

    def __init__(self, library: str, missing: Sequence[Step]) -> None:
        super().__init__([f"{step.source}: {'; '.join(step.notes)}" for step in missing])
        self.library = library

    def __str__(self) -> str:
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        return (
            f"of the {self.library} pipeline, these have no counterpart:\n{listed}\n"
            'missing="skip" (--missing skip) leaves them out'
        )


@dataclass(frozen=True)
class Step:
    """What became of one transform.

    Attributes:
        source: its name in the other library, as a path inside of combinators.
        match: ``"exact"``: parameters mean the same and results agree but for rounding;
            ``"approximate"``: the notes say what is different; ``"left out"``: no counterpart.
        notes: in words.
    """

    source: str
    match: Match
    notes: tuple[str, ...] = ()


@dataclass
class Built:
    """A node of the new pipeline, with what stands above it in a commented spec, and its children."""

    node: Node
    comments: list[str] = field(default_factory=list)
    children: list[Built] = field(default_factory=list)

    def walk(self) -> Iterator[Built]:
        """This one and those below, in the order in which they are written."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Imported:
    """A pipeline of another library, as one of this.

    Attributes:
        pipeline: ready to use.
        steps: what became of every transform, in order.
        notes: what is different about the pipeline as a whole.
        library: where it comes from, with the version if that is known.
    """

    pipeline: Compose
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    library: str
    built: tuple[Built, ...] = field(repr=False, default=())
    last: tuple[str, ...] = field(repr=False, default=())

    @property
    def exact(self) -> bool:
        """Whether nothing is different and nothing was left out."""
        return not self.notes and all(step.match == "exact" for step in self.steps)

    def of(self, match: Match) -> list[Step]:
        """The steps of one kind."""
        return [step for step in self.steps if step.match == match]

    def __str__(self) -> str:
        """The report: a line per transform, with what is different below it."""
        counts = {match: len(self.of(match)) for match in ("exact", "approximate", "left out")}
        lines = [f"from {self.library}: " + ", ".join(f"{n} {name}" for name, n in counts.items())]
        lines += [f"  note: {note}" for note in self.notes]
        for step in self.steps:
            lines.append(f"  {step.source}: {step.match}")
            lines += [f"    {note}" for note in step.notes]
        return "\n".join(lines)

    def to_yaml(self) -> str:
        """The spec as YAML, with what is different as comments above each step."""
        head = [f"From {self.library}.", *self.notes]
        comments = (_lines(one.comments) for each in self.built for one in each.walk())
        text = write(self.pipeline.to_dict(), "yaml", comments=comments)
        return "".join(f"# {line}\n" for line in _lines(head)) + text + _tail(self.last)


def _lines(notes: Sequence[str]) -> list[str]:
    return [line for note in notes for line in textwrap.wrap(note, WIDTH, subsequent_indent="  ")]


def _tail(comments: Sequence[str]) -> str:
    return "".join(f"  # {line}\n" for line in _lines(comments))


def assembled(
    built: Sequence[Built],
    steps: Sequence[Step],
    last: Sequence[str],
    *,
    library: str,
    missing: Missing,
    modality: str,
    notes: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> Imported:
    """Make the pipeline of what was built, or tell what is missing.

    Raises:
        MissingTransformError: transforms have no counterpart, and are not to be left out.
        ValueError: ``missing`` is neither ``"error"`` nor ``"skip"``; nothing is left.
    """
    if missing not in ("error", "skip"):
        raise ValueError(f'missing must be "error" or "skip", got {missing!r}')
    lost = [step for step in steps if step.match == "left out"]
    if lost and missing == "error":
        raise MissingTransformError(library, lost)
    if not built:
        raise SpecError(f"nothing is left of the {library} pipeline")
    pipeline = Compose([one.node for one in built], **(settings or {}))
    if pipeline.modality_name != modality:  # of combinators and transforms of the wrong kind
        raise SpecError(f"the {library} pipeline is not one of {modality}s")
    return Imported(pipeline, tuple(steps), tuple(notes), library, tuple(built), tuple(last))
