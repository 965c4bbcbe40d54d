"""Speech from espeak-ng, with the times of its words and phonemes.

The library itself is asked (Debian's ``espeak-ng`` brings it), since its command does not tell
times. Declarations are those of ``speak_lib.h``.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Span", "Speech", "speak"]

_SYNCHRONOUS, _PHONEME_EVENTS, _IPA = 2, 1, 2
_WORD, _PHONEME = 1, 7
_RATE, _PITCH = 1, 3
_CHARACTERS, _UTF8 = 1, 1


class Span(NamedTuple):
    """A word or a phoneme, in seconds."""

    start: float
    end: float
    text: str


class Speech(NamedTuple):
    """What was said: (samples,) float32, and when."""

    samples: NDArray[np.float32]
    rate: int
    words: list[Span]
    phones: list[Span]


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def speak(text: str, *, voice: str, words_per_minute: int = 165, pitch: int = 50) -> Speech:
    """Say a text.

    Args:
        text: in the language of the voice.
        voice: as ``espeak-ng --voices`` names it, with a variant: ``en-gb+f2``.
        words_per_minute: 80 to 450.
        pitch: 0 to 99; 50 is the voice's own.
    """
    library, rate = _library()
    blocks: list[NDArray[np.int16]] = []
    events: list[tuple[int, float, int, int, str]] = []

    def hear(samples: Any, count: int, heard: Any) -> int:
        if count > 0:
            blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        for event in _until_last(heard):
            symbol = event.id.string.decode("utf-8", "ignore") if event.type == _PHONEME else ""
            place = (event.text_position, event.length)
            events.append((event.type, event.audio_position / 1000, *place, symbol))
        return 0

    callback = _Callback(hear)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"espeak-ng has no voice {voice!r}")
    library.espeak_SetParameter(_RATE, words_per_minute, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    content = text.encode()
    library.espeak_Synth(content, len(content) + 1, 0, _CHARACTERS, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    samples = np.concatenate(blocks).astype(np.float32) / np.float32(1 << 15)
    length = len(samples) / rate
    return Speech(samples, rate, *_spans(text, events, length))


@cache
def _library() -> tuple[Any, int]:
    """The library, started once, and its sample rate."""
    library = ctypes.CDLL(ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1")
    rate: int = library.espeak_Initialize(_SYNCHRONOUS, 500, None, _PHONEME_EVENTS | _IPA)
    if rate <= 0:
        raise RuntimeError("espeak-ng cannot start; is its data installed?")
    return library, rate


def _until_last(events: Any) -> Iterator[_Event]:
    index = 0
    while events[index].type != 0:
        yield events[index]
        index += 1


def _spans(
    text: str, events: list[tuple[int, float, int, int, str]], length: float
) -> tuple[list[Span], list[Span]]:
    """Words and phonemes. A word ends where the next one or a pause begins."""
    ordered = sorted(enumerate(events), key=lambda pair: (pair[1][1], pair[0]))
    sounds = [(at, symbol) for _, (kind, at, _, _, symbol) in ordered if kind == _PHONEME]
    edges = [*(at for at, _ in sounds), length]
    phones = [
        Span(at, edges[number + 1], symbol)
        for number, (at, symbol) in enumerate(sounds)
        if _is_sound(symbol) and edges[number + 1] > at
    ]
    starts = [(at, place, size) for _, (kind, at, place, size, _) in ordered if kind == _WORD]
    words = []
    for number, (at, place, size) in enumerate(starts):
        until = starts[number + 1][0] if number + 1 < len(starts) else length
        inside = [phone for phone in phones if at <= phone.start < until]
        if inside:
            # Up to the next one: espeak-ng takes "from the" for one word.
            after = starts[number + 1][1] - 1 if number + 1 < len(starts) else len(text)
            word = text[place - 1 : max(after, place - 1 + size)].strip(" .,;:!?¿¡")
            words.append(Span(inside[0].start, min(inside[-1].end, until), word))
    return words, phones


def _is_sound(symbol: str) -> bool:
    return bool(symbol.strip("_:ˈˌ ;|"))
