"""What transforms of other libraries are called here: for errors about names that are not known.

`augkit.adapters.imports` turns whole pipelines into ones of this library; here are names alone.
"""

from __future__ import annotations

__all__ = ["ELSEWHERE"]

ELSEWHERE = {
    # audiomentations, torch-audiomentations
    "AddBackgroundNoise": "BackgroundNoise",
    "AddColorNoise": "AddNoise(color=)",
    "AddColoredNoise": "AddNoise(color=)",
    "AddGaussianNoise": "GaussianNoise",
    "AddGaussianSNR": "AddNoise",
    "AddShortNoises": "BackgroundNoise",
    "ApplyImpulseResponse": "ImpulseResponse",
    "BandPassFilter": "BandPass",
    "BandStopFilter": "BandStop",
    "ClippingDistortion": "Clipping",
    "HighPassFilter": "HighPass",
    "HighShelfFilter": "HighShelf",
    "LoudnessNormalization": "LoudnessNormalize",
    "LowPassFilter": "LowPass",
    "LowShelfFilter": "LowShelf",
    "Mp3Compression": "Mp3",
    "PeakNormalization": "Normalize",
    "Padding": "Pad",
    "RoomSimulator": "ImpulseResponse",
    "SevenBandParametricEQ": "SevenBandEQ",
    "Shift": "TimeShift",
    "ShuffleChannels": "ChannelShuffle",
    "SpecFrequencyMask": "SpecAugment",
    "TanhDistortion": "Tanh",
    "TimeInversion": "Reverse",
    # torchaudio, nlpaug
    "FrequencyMasking": "SpecAugment",
    "LoudnessAug": "Gain",
    "MelSpectrogram": "LogMel",
    "NoiseAug": "AddNoise",
    "PitchAug": "PitchShift",
    "SpeedAug": "TimeStretch",
    "SpeedPerturbation": "SpeedPerturb",
    "TimeMasking": "TimeMask (of waveforms) or SpecAugment",
    "Vol": "Gain",
}
"""What to write instead, by the name elsewhere."""
