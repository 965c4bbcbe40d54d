"""Augmentation of sounds, with events, words, beats, frame labels and F0 tracks.

>>> from augkit import Compose, audio
>>> pipeline = Compose([audio.TimeShift(shift=(-0.1, 0.1)), audio.Gain(gain_db=(-6, 6))], seed=7)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:  # so that editors and type checkers see what is imported on use
    from augkit.audio.base import AudioTransform as AudioTransform
    from augkit.audio.base import Retiming as Retiming
    from augkit.audio.base import SpectrogramTransform as SpectrogramTransform
    from augkit.audio.base import WaveformTransform as WaveformTransform
    from augkit.audio.channels import ChannelDrop as ChannelDrop
    from augkit.audio.channels import ChannelShuffle as ChannelShuffle
    from augkit.audio.compression import Mp3 as Mp3
    from augkit.audio.compression import MuLaw as MuLaw
    from augkit.audio.compression import Vorbis as Vorbis
    from augkit.audio.cuts import AdjustDuration as AdjustDuration
    from augkit.audio.cuts import Pad as Pad
    from augkit.audio.cuts import RandomCrop as RandomCrop
    from augkit.audio.cuts import TimeMask as TimeMask
    from augkit.audio.cuts import Trim as Trim
    from augkit.audio.distortion import BitCrush as BitCrush
    from augkit.audio.distortion import Clipping as Clipping
    from augkit.audio.distortion import Tanh as Tanh
    from augkit.audio.equalizers import HighShelf as HighShelf
    from augkit.audio.equalizers import LowShelf as LowShelf
    from augkit.audio.equalizers import PeakingFilter as PeakingFilter
    from augkit.audio.equalizers import SevenBandEQ as SevenBandEQ
    from augkit.audio.filters import BandPass as BandPass
    from augkit.audio.filters import BandStop as BandStop
    from augkit.audio.filters import HighPass as HighPass
    from augkit.audio.filters import LowPass as LowPass
    from augkit.audio.gain import Gain as Gain
    from augkit.audio.gain import PolarityInversion as PolarityInversion
    from augkit.audio.lengths import input_length_for as input_length_for
    from augkit.audio.lengths import output_length_of as output_length_of
    from augkit.audio.levels import LoudnessNormalize as LoudnessNormalize
    from augkit.audio.levels import Normalize as Normalize
    from augkit.audio.limiter import Limiter as Limiter
    from augkit.audio.mel import LogMel as LogMel
    from augkit.audio.mix import MixUp as MixUp
    from augkit.audio.noise import AddNoise as AddNoise
    from augkit.audio.noise import GaussianNoise as GaussianNoise
    from augkit.audio.recorded import BackgroundNoise as BackgroundNoise
    from augkit.audio.recorded import ImpulseResponse as ImpulseResponse
    from augkit.audio.shift import Reverse as Reverse
    from augkit.audio.shift import TimeShift as TimeShift
    from augkit.audio.specaugment import SpecAugment as SpecAugment
    from augkit.audio.stretch import PitchShift as PitchShift
    from augkit.audio.stretch import SpeedPerturb as SpeedPerturb
    from augkit.audio.stretch import TimeStretch as TimeStretch
    from augkit.audio.timemap import Segment as Segment
    from augkit.audio.timemap import TimeMap as TimeMap

# Where each transform lives; a new one is one class and one name here.
_HOMES = {
    "channels": ("ChannelDrop", "ChannelShuffle"),
    "compression": ("Mp3", "MuLaw", "Vorbis"),
    "cuts": ("AdjustDuration", "Pad", "RandomCrop", "TimeMask", "Trim"),
    "distortion": ("BitCrush", "Clipping", "Tanh"),
    "equalizers": ("HighShelf", "LowShelf", "PeakingFilter", "SevenBandEQ"),
    "filters": ("BandPass", "BandStop", "HighPass", "LowPass"),
    "gain": ("Gain", "PolarityInversion"),
    "levels": ("LoudnessNormalize", "Normalize"),
    "limiter": ("Limiter",),
    "mel": ("LogMel",),
    "mix": ("MixUp",),
    "noise": ("AddNoise", "GaussianNoise"),
    "recorded": ("BackgroundNoise", "ImpulseResponse"),
    "shift": ("Reverse", "TimeShift"),
    "specaugment": ("SpecAugment",),
    "stretch": ("PitchShift", "SpeedPerturb", "TimeStretch"),
}
TRANSFORMS = tuple(sorted(name for names in _HOMES.values() for name in names))
"""The names of all audio transforms: the registry that specs, tests and `augkit ops` read."""

# What is no transform.
_MORE = {
    "base": ("AudioTransform", "Retiming", "SpectrogramTransform", "WaveformTransform"),
    "lengths": ("input_length_for", "output_length_of"),
    "timemap": ("Segment", "TimeMap"),
}

__all__ = [*TRANSFORMS, *(name for names in _MORE.values() for name in names)]

__getattr__, __dir__ = lazily(
    __name__,
    _HOMES,
    _MORE,
    {"modality": ("MODALITY",), "elsewhere": ("ELSEWHERE",)},
    transforms=True,
)
