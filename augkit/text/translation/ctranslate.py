"""CTranslate2: neural models in a local folder, on the CPU. Extra ``[translate]``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from augkit.core.errors import MissingPartError

__all__ = ["CTranslate"]

Pieces = list[str]


class CTranslate:
    """A converted model, with the SentencePiece models that stand beside it.

    Args:
        folder: what ``ct2-transformers-converter`` (or another converter of CTranslate2) wrote.
            ``source.spm`` and ``target.spm`` in it, as OPUS-MT has them, cut texts into pieces and
            join them again; without them, texts are cut at blanks.

    Decoding is greedy, so that the result is always the same.

    Raises:
        MissingPartError: CTranslate2 is not installed, or there is no model in ``folder``.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        try:
            import ctranslate2
        except ImportError:
            raise MissingPartError(
                "engine ctranslate2 needs CTranslate2: pip install 'augkit[translate]'"
            ) from None
        place = Path(folder)
        if not (place / "model.bin").is_file():
            raise MissingPartError(
                f"there is no CTranslate2 model in {os.fspath(place)!r} (no model.bin); convert one "
                "with ct2-transformers-converter"
            )
        self.folder = place
        self._model: Any = ctranslate2.Translator(
            str(place), device="cpu", inter_threads=1, intra_threads=1
        )
        self._cut, self._joined = _pieces(place)

    def translate(self, texts: list[str]) -> list[str]:
        """The translation of each text."""
        cut = [self._cut(text) for text in texts]
        asked = [pieces for pieces in cut if pieces]
        if not asked:
            return ["" for _ in texts]
        made = iter(self._model.translate_batch(asked, beam_size=1, max_batch_size=64))
        return [self._joined(next(made).hypotheses[0]) if pieces else "" for pieces in cut]


def _pieces(folder: Path) -> tuple[Callable[[str], Pieces], Callable[[Pieces], str]]:
    source, target = folder / "source.spm", folder / "target.spm"
    if not source.is_file():
        return str.split, " ".join
    try:
        import sentencepiece
    except ImportError:
        raise MissingPartError(
            f"the model in {os.fspath(folder)!r} needs SentencePiece: pip install 'augkit[translate]'"
        ) from None
    load: Any = sentencepiece.SentencePieceProcessor
    cutter = load(model_file=str(source))
    joiner = load(model_file=str(target if target.is_file() else source))

    def cut(text: str) -> Pieces:
        pieces: Pieces = cutter.encode(text, out_type=str)
        return [*pieces, "</s>"] if pieces else []

    def joined(pieces: Pieces) -> str:
        text: str = joiner.decode(pieces)
        return text

    return cut, joined
