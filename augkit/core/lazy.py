"""Public names that are imported when they are first used: what costs nothing until it is needed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["lazily"]


def lazily(
    package: str,
    *homes: Mapping[str, Sequence[str]],
    transforms: bool = False,
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package whose names live in its modules.

    Args:
        package: its name.
        homes: the names by the module, below the package, that has them; under ``""`` stand
            modules that are public themselves.
        transforms: whether people look for transforms in it; then the error about a public name
            that is not known says where such a transform is, or what another library's is called.

    >>> get, names = lazily("json", {"decoder": ("JSONDecoder",), "": ("tool",)})
    >>> get("JSONDecoder").__name__, get("tool").__name__, names()
    ('JSONDecoder', 'json.tool', ['JSONDecoder', 'tool'])
    """
    home_of = {name: home for each in homes for home, names in each.items() for name in names}

    def get(name: str) -> Any:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(  # with the module, Python suggests a name that is near
                f"module {package!r} has no attribute {name!r}"
                + (_elsewhere(name) if transforms and not name.startswith("_") else ""),
                name=name,
                obj=sys.modules[package],
            )
        module = importlib.import_module(f"{package}.{home or name}")
        value = getattr(module, name) if home else module
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted(home_of)

    return get, names


def _elsewhere(name: str) -> str:
    from augkit.core.registry import elsewhere

    return elsewhere(name)
