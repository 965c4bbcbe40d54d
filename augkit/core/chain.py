"""What the nodes of a pipeline have to be together: of one modality, of fitting kinds, named once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from augkit.core.combinators import Combinator, OneOf, RandomOrder, SomeOf
from augkit.core.transform import Node, Transform

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["checked", "kinds_of", "leaves_of", "paths_of"]


def leaves_of(node: Node) -> list[Transform]:
    """The transforms in and below a node, in order."""
    return [item for item in _all_of([node]) if isinstance(item, Transform)]


def _all_of(nodes: Iterable[Node]) -> list[Node]:
    """Nodes and all that is below them, in order."""
    found: list[Node] = []
    for node in nodes:
        found.append(node)
        if children := node.children():
            found += _all_of(children)
    return found


def paths_of(node: Combinator, path: str) -> Iterator[tuple[str, Transform]]:
    """The transforms inside a node with their ids."""
    for place, child in node.places(path):
        if isinstance(child, Transform):
            yield place, child
        elif isinstance(child, Combinator):
            yield from paths_of(child, place)


def checked(nodes: Sequence[Node]) -> tuple[str, list[Transform]]:
    """The modality of a pipeline (none where nothing tells) and its transforms.

    Raises:
        ValueError: the nodes do not go together, or one of them cannot work anywhere.
    """
    everything = _all_of(nodes)
    leaves = [node for node in everything if isinstance(node, Transform)]
    modalities = {leaf.modality for leaf in leaves}
    modalities.discard("")
    if len(modalities) > 1:
        raise ValueError(
            f"a pipeline has one modality; this one mixes {' and '.join(sorted(modalities))}"
        )
    explicit = [node.id for node in everything if node.id is not None]
    if len(set(explicit)) < len(explicit):
        twice = min(name for name in explicit if explicit.count(name) > 1)
        raise ValueError(f"id {twice!r} is used twice; an id names one transform of a pipeline")
    kinds_of(nodes)
    for leaf in leaves:
        if type(leaf).check is not Node.check:
            leaf.check()
    return next(iter(modalities), ""), leaves


def kinds_of(nodes: Sequence[Node]) -> tuple[str, str]:
    """What goes into a chain and what comes out; ``ValueError`` where it does not fit."""
    first = last = ""
    before: Node | None = None
    for node in nodes:
        takes, gives = node.kinds()
        if not takes:
            continue
        if last and takes != last and before is not None:
            raise ValueError(
                f"{type(node).__name__} takes {takes}, but {type(before).__name__} before it "
                f"gives {last}"
            )
        if takes != gives and (node.p < 1 or isinstance(node, OneOf | SomeOf | RandomOrder)):
            raise ValueError(
                f"{type(node).__name__} turns {takes} into {gives}: it has to fire always (p=1)"
            )
        first, last, before = first or takes, gives, node
    return first, last
