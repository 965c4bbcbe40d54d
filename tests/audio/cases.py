"""One or more settings of every audio transform: what the registry-wide tests run.

A transform that is registered and not listed here is tested with its defaults; so a new one is
covered by being registered.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from augkit import audio
from augkit.core.fields import parameters_of
from augkit.core.transform import Node


@cache
def noise_folder() -> str:
    """A folder of noises: another rate, stereo, shorter and longer than the test sounds."""
    from augkit.audio.files import write

    # The same place in every process: recipes and specs name it.
    root = Path(tempfile.gettempdir(), "augkit-test-noises")
    random = np.random.default_rng(3)
    if not (root / "done").exists():
        (root / "deep").mkdir(parents=True, exist_ok=True)
        for name, shape, rate in (
            ("hum.wav", 3000, 16000),
            ("deep/street.wav", (2, 12000), 8000),
            ("long.flac", 40000, 22050),
        ):
            sound = (0.2 * random.standard_normal(shape)).astype(np.float32)
            write(root / name, sound, rate)
        (root / "notes.txt").write_text("no sound")
        (root / "done").touch()
    return str(root)


# Settings that the defaults do not reach.
MORE: dict[str, list[dict[str, Any]]] = {
    "AddNoise": [{"color": name} for name in ("pink", "brown", "blue", "violet")]
    + [{"slope": (-6, 6)}],
    "AdjustDuration": [
        {"duration": 20000, "unit": "samples", "place": "random"},
        {"duration": 0.1, "place": "end"},
        {"duration": 0.5, "place": "center"},
    ],
    "BandPass": [{"rolloff": 24, "octaves": 1}, {"zero_phase": True}],
    "HighPass": [{"rolloff": 6}, {"rolloff": 36, "zero_phase": True}],
    "LowPass": [{"rolloff": 18}, {"zero_phase": True}, {"cutoff_hz": 30000}],
    "ImpulseResponse": [{"wet": (0.2, 0.8)}],
    "Pad": [{"before": 10, "after": 0, "unit": "samples"}],
    "PitchShift": [{"semitones": 7}, {"engine": "phase_vocoder"}],
    "RandomCrop": [{"length": 0.25, "unit": "fraction"}, {"length": 100}],
    "SpeedPerturb": [{"rate": 1.7}],
    "TimeShift": [
        {"mode": "roll"},
        {"shift": -1.0},
        {"shift": (-0.1, 0.1), "unit": "seconds", "fade": 0.01},
        {"shift": 3, "unit": "samples", "fade": 0},
    ],
    "TimeStretch": [{"rate": 0.5}, {"engine": "phase_vocoder"}],
}


def _needed(name: str) -> dict[str, Any]:
    """What has no default."""
    if name in ("BackgroundNoise", "ImpulseResponse"):
        return {"folder": noise_folder()}
    return {"RandomCrop": {"length": 0.2}, "AdjustDuration": {"duration": 0.4}}.get(name, {})


def settings_of(name: str) -> list[dict[str, Any]]:
    """All settings of one transform, its defaults first."""
    needed = _needed(name)
    return [needed, *({**needed, **more} for more in MORE.get(name, []))]


WAVEFORM = tuple(name for name in audio.TRANSFORMS if getattr(audio, name).takes == "waveform")
"""The transforms that a waveform can go into."""


def all_cases() -> list[Any]:
    """(class, settings) of every registered transform of waveforms, as pytest parameters."""
    import pytest

    return [
        pytest.param(getattr(audio, name), settings, id=f"{name}-{position}")
        for name in WAVEFORM
        for position, settings in enumerate(settings_of(name))
    ]


def neutral_settings(cls: type[Node], settings: dict[str, Any]) -> dict[str, Any] | None:
    """The settings at which the transform changes nothing; None if there are none.

    One neutral parameter is enough where the others only say how.
    """
    known = parameters_of(cls)
    neutral = {name: item.neutral for name, item in known.items() if item.neutral is not None}
    return settings | neutral if neutral else None
