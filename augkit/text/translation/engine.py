"""What an engine is, and how one is found by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from augkit.core.errors import AugkitError

__all__ = ["ENGINES", "Translator", "TranslatorError", "checked", "open_pair", "written"]

ENGINES = ("apertium", "ctranslate2")
"""The engines that go by a name of their own."""


class TranslatorError(AugkitError):
    """An engine did not give what it should: it died, hung, or lost a text."""


class Translator(Protocol):
    """From texts in one language to as many in another, each translated by itself."""

    def translate(self, texts: list[str]) -> list[str]:
        """The translation of each text; `TranslatorError` where the engine fails."""
        ...


def open_pair(
    engine: Any,
    *,
    languages: tuple[str, str],
    models: tuple[str, str] | None,
    timeout: float,
) -> tuple[Translator, Translator]:
    """The way there and the way back.

    Args:
        engine: one of `ENGINES`, or a pair of callables, translators or ``module:attribute`` names.
        languages: of the text and between; codes as the engine has them.
        models: folders of models there and back, for ``ctranslate2``.
        timeout: seconds for one call of an engine that is a process.

    Raises:
        MissingPartError: the engine, or what it needs, is not installed.
        TranslatorError: there is no such engine.
    """
    here, there = languages
    if engine == "apertium":
        from augkit.text.translation.apertium import Apertium

        return Apertium(here, there, timeout=timeout), Apertium(there, here, timeout=timeout)
    if engine == "ctranslate2":
        from augkit.text.translation.ctranslate import CTranslate

        if models is None:
            raise TranslatorError(
                "engine ctranslate2 needs models=(folder there, folder back) of converted models"
            )
        return CTranslate(models[0]), CTranslate(models[1])
    first, second = engine
    return _translator(first), _translator(second)


class _Called:
    """A plain function as a translator."""

    def __init__(self, function: Callable[[list[str]], Sequence[str]]) -> None:
        self._function = function

    def translate(self, texts: list[str]) -> list[str]:
        return list(self._function(texts))


def _translator(given: Any) -> Translator:
    if isinstance(given, str):
        given = _found(given)
    if isinstance(given, type) and hasattr(given, "translate"):
        given = given()
    if hasattr(given, "translate"):
        found: Translator = given
        return found
    if callable(given):
        return _Called(given)
    raise TranslatorError(f"{given!r} is no translator: it has no translate, and cannot be called")


def _found(name: str) -> Any:
    import importlib

    module, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise TranslatorError(f"cannot find the translator {name!r}: {error}") from None
    return found


def written(given: Any) -> str:
    """The name of a callable or translator: where another process would look for it."""
    if isinstance(given, str):
        return given
    named = given if hasattr(given, "__qualname__") else type(given)
    return f"{named.__module__}:{named.__qualname__}"


def checked(translator: Translator, texts: list[str]) -> list[str]:
    """What a translator makes of ``texts``: as many texts, or `TranslatorError`."""
    made = translator.translate(list(texts))
    if not isinstance(made, list) or len(made) != len(texts):
        count = len(made) if isinstance(made, list) else type(made).__name__
        raise TranslatorError(
            f"{written(translator)} was given {len(texts)} texts and gave back {count}; "
            "an engine gives one text for each"
        )
    wrong = [one for one in made if not isinstance(one, str)]
    if wrong:
        raise TranslatorError(f"{written(translator)} gave back {wrong[0]!r}, which is no str")
    return made
