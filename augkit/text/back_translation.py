"""To another language and back."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from augkit.core import distributions
from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.transform import Params
from augkit.text.base import TextTransform
from augkit.text.tokens import sentences
from augkit.text.translation.differences import (
    Block,
    begun_alike,
    differences,
    edits_without,
    lost_labels,
    tokens,
)
from augkit.text.translation.engine import ENGINES, Translator, checked, open_pair, written

if TYPE_CHECKING:
    from augkit.core.random import Stream
    from augkit.text.edits import Edit
    from augkit.text.sample import TextSample, Words
    from augkit.text.tokens import Span

__all__ = ["BackTranslation"]


@dataclass(frozen=True)
class BackTranslation(TextTransform):
    """Translate sentences to another language and back (Sennrich, Haddow and Birch, ACL 2016).

    Each sentence is translated by itself, and only the words that come back different become
    edits: white space, and every word that came back as it was, stay where they are. A sentence is
    left as it was where nothing changed, where a URL, number or other protected word did not come
    back, where too little of it is left, or where a labelled span would be lost. Which sentences,
    and why, stands in the recipe under ``unchanged``; what the engine gave stands there as edits,
    so a replay needs no engine. All sentences of a batch go to the engine in one call.

    Args:
        engine: ``"apertium"`` (default), ``"ctranslate2"``, or a pair (there, back) of callables
            ``f(list[str]) -> list[str]``, of objects with ``translate``, or of their names as
            ``"module:attribute"``.
        languages: of the text and between; default ``("eng", "spa")``.
        models: folders of converted models there and back, for ``ctranslate2``.
        alpha: fraction of the sentences that are translated, on average (default 1).
        min_similarity: least share of common words in all words of a sentence before and after
            (Jaccard's index; 0 to 1, default 0.3).
        labels: ``"keep"`` leaves a sentence alone whose labelled spans would not all survive word
            for word (default); ``"drop"`` lets those labels go and lists them in the recipe.
        timeout: seconds for one call of an engine that is a process (default 60).
        protect: what has to come back as it was, on top of URLs, numbers, code and the like.

    Raises:
        MissingPartError: the engine or its language pair is not installed.
        TranslatorError: the engine died, hung, or gave back another number of texts.

    >>> def there(texts): return [text.replace("big", "gros") for text in texts]
    >>> def back(texts): return [text.replace("gros", "large") for text in texts]
    >>> BackTranslation(engine=(there, back))("A  big dog.  See https://a.io/big")
    'A  large dog.  See https://a.io/big'
    """

    alpha: Number = parameter(
        1.0, low=0, high=1, neutral=0, doc="fraction of the sentences that are translated"
    )
    engine: Any = option(
        "apertium",
        schema={
            "anyOf": [
                {"enum": list(ENGINES)},
                {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
            ]
        },
        doc="apertium, ctranslate2, or a pair of module:attribute names",
    )
    languages: tuple[str, str] = option(
        ("eng", "spa"),
        schema={"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
        doc="of the text, and between",
    )
    models: tuple[str, str] | None = option(
        None,
        schema={
            "type": ["array", "null"],
            "items": {"type": "string"},
            "minItems": 2,
            "maxItems": 2,
        },
        doc="folders of models there and back, for ctranslate2",
    )
    min_similarity: float = option(
        0.3,
        schema={"type": "number", "minimum": 0, "maximum": 1},
        doc="least share of words in common, before and after",
    )
    labels: str = option(
        "keep", choices=("keep", "drop"), doc="what becomes of labels that would be lost"
    )
    timeout: float = option(
        60.0,
        schema={"type": "number", "exclusiveMinimum": 0},
        doc="seconds for one call of an engine that is a process",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("engine", "languages", "models"):
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        engine = self.engine
        pair = isinstance(engine, tuple) and len(engine) == 2
        if not (pair or (isinstance(engine, str) and engine in ENGINES)):
            raise ValueError(
                f"BackTranslation.engine must be one of {', '.join(ENGINES)} or a pair (there, "
                f"back), got {engine!r}"
            )
        if engine == "ctranslate2" and self.models is None:
            raise ValueError(
                "BackTranslation.models must name two folders (there, back) for ctranslate2"
            )
        for name in ("languages", "models"):
            value = getattr(self, name)
            if value is not None and not (
                isinstance(value, tuple)
                and len(value) == 2
                and all(isinstance(one, str) for one in value)
            ):
                raise ValueError(f"BackTranslation.{name} must be a pair of texts, got {value!r}")
        _number(
            "min_similarity", self.min_similarity, lambda value: 0 <= value <= 1, "within [0, 1]"
        )
        _number("timeout", self.timeout, lambda value: 0 < value < float("inf"), "above 0")

    # -- drawing -------------------------------------------------------------------------------

    def draw(self, stream: Stream, shadow: TextSample) -> Params:
        return self.draw_many([stream], [shadow])[0]

    def draw_many(self, streams: Sequence[Stream], shadows: Sequence[TextSample]) -> list[Params]:
        """What the engine makes of all samples, in one call there and one back."""
        texts = [
            (owner, name, words, chosen)
            for owner, (stream, sample) in enumerate(zip(streams, shadows, strict=True))
            for name, words, chosen in self._texts(stream, sample)
        ]
        asked = dict.fromkeys(
            words.text[start:end] for _, _, words, chosen in texts for start, end in chosen
        )
        answers = self._round_trips([text for text in asked if text.strip()])
        drawn: list[Params] = [{"edits": [], "unchanged": []} for _ in streams]
        for owner, name, words, chosen in texts:
            made = self._outcome(words, chosen, answers)
            if name is None:
                drawn[owner].update(made)
            else:
                drawn[owner].setdefault("pairs", {})[name] = made["edits"]
        return drawn

    def _texts(
        self, stream: Stream, sample: TextSample
    ) -> list[tuple[str | None, Words, Sequence[Span]]]:
        """The text of a sample and its further ones, each with the sentences to be translated."""
        named: list[tuple[str | None, Stream, TextSample]] = [(None, stream, sample)]
        named += [(name, stream.below(name), each) for name, each in sample.pairs.items()]
        found: list[tuple[str | None, Words, Sequence[Span]]] = []
        for name, own, each in named:
            words = self.words(each)
            places = sentences(words.text)
            alpha = self.alpha
            if not isinstance(alpha, int | float):
                alpha = distributions.resolve(own, "alpha", alpha, integer=False)
            if alpha < 1:
                lots = own.units("sentences", len(places)) if places else []
                places = [place for place, lot in zip(places, lots, strict=True) if lot < alpha]
            found.append((name, words, places))
        return found

    def _round_trips(self, texts: list[str]) -> dict[str, str]:
        if not texts:
            return {}
        there, back = self._translators()
        return dict(zip(texts, checked(back, checked(there, texts)), strict=True))

    def _translators(self) -> tuple[Translator, Translator]:
        """Opened with the first text, and kept: a model takes long to load."""
        kept: tuple[Translator, Translator] | None = self.__dict__.get("_opened")
        if kept is None:
            kept = open_pair(
                self.engine, languages=self.languages, models=self.models, timeout=self.timeout
            )
            object.__setattr__(self, "_opened", kept)
        return kept

    def _outcome(
        self, words: Words, chosen: Sequence[Span], answers: Mapping[str, str]
    ) -> dict[str, Any]:
        """The edits of one text, and what was left alone or lost."""
        edits: list[Edit] = []
        unchanged: list[list[Any]] = []
        lost: list[list[Any]] = []
        opened = set(words.open)
        closed = [span for index, span in enumerate(words.spans) if index not in opened]
        begins = [start for start, _ in closed]
        for start, end in chosen:
            source = words.text[start:end]
            answer = begun_alike(source, answers.get(source, source))
            blocks = differences(source, answer, start)
            inside = closed[bisect_left(begins, start) : bisect_left(begins, end)]
            kept = [words.text[low:high] for low, high in inside if high <= end]
            reason = self._reason_against(source, kept, blocks, answer)
            if reason:
                unchanged.append([start, end, reason])
                continue
            gone = lost_labels(words.labelled, blocks)
            if gone and self.labels == "keep":
                unchanged.append([start, end, "a label would be lost"])
                continue
            edits += edits_without(words.text, blocks, gone)
            lost += [list(label) for label in gone]
        outcome: dict[str, Any] = {"edits": edits, "unchanged": unchanged}
        if lost:
            outcome["lost"] = lost
        return outcome

    def _reason_against(
        self, source: str, closed: Sequence[str], blocks: Sequence[Block], answer: str
    ) -> str:
        """Why a sentence is left as it was; empty where nothing speaks against its edits."""
        if not blocks:
            return "came back as it was"
        for word, count in Counter(closed).items():
            if answer.count(word) < count:
                return f"{word!r} did not come back"
        before = {token.casefold() for token in tokens(source)}
        after = {token.casefold() for token in tokens(answer)}
        if not after:
            return "nothing came back"
        similarity = len(before & after) / len(before | after)
        if similarity < self.min_similarity:
            return f"similarity {similarity:.2f}"
        return ""

    # -- writing -------------------------------------------------------------------------------

    def options(self) -> Params:
        plain = super().options()
        if isinstance(self.engine, tuple):
            plain["engine"] = [written(one) for one in self.engine]
        return plain

    def to_dict(self) -> dict[str, Any]:
        if isinstance(self.engine, tuple):
            names = [written(one) for one in self.engine]
            unnamed = [name for name in names if "<" in name or name.startswith("__main__:")]
            if unnamed:
                raise ValueError(
                    f"BackTranslation.engine {unnamed[0]!r} has no name that another process could "
                    "import; move it to the top level of a module to save it or send it to workers"
                )
            entry = super().to_dict()
            for fields in entry.values():
                fields["engine"] = names
            return entry
        return super().to_dict()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_opened"}


def _number(name: str, value: Any, allowed: Callable[[float], bool], words: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not allowed(value):
        raise ValueError(f"BackTranslation.{name} must be a number {words}, got {value!r}")
