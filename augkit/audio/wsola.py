"""Time stretching in the time domain: pieces of the sound, joined where they fit.

After WSOLA (Verhelst and Roelands, "An overlap-add technique based on waveform similarity for high
quality time-scale modification of speech", ICASSP 1993), with three differences. Beats and other
sudden beginnings are found first and copied whole, each exactly where the stretched time says: they
are neither doubled nor blurred nor moved. Where nothing fits because several steady tones sound
together, each tone of the next piece is turned into the phase of what plays on. And all channels
share one track of joints and turns, so whatever is between them stays.

The work is a function of successive blocks (`Stretcher`); a whole sound is one block.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from augkit.audio.joints import best_place
from augkit.audio.onsets import Onsets
from augkit.audio.sample import Wave
from augkit.audio.turns import turned

__all__ = ["Stretcher"]

JOINT = 0.070  # seconds of crossfade from one piece to the next
# Seconds a piece may lie off its place to fit better; twice that is a low voice's period.
REACH = 0.015
COARSE = 4000.0  # Hz at which a place is first searched
BEFORE, AFTER = 0.004, 0.020  # seconds around a beginning that are copied whole
SHARP = 0.004  # seconds of crossfade into a beginning
CLEAR = 0.001  # seconds before a beginning that are not played early
BODY = 0.003  # seconds after a beginning that are not played again
FITS = 0.99  # correlation from which a joint is left as it is
RELATED = 0.3  # correlation below which there is nothing to turn: noise
REST = 0.03  # of what does not fit, how much may be left by turning


class Stretcher:
    """Stretch a sound of ``length`` samples to ``output_length``, block by block.

    >>> Stretcher(8000, 1, 800, 1000)(np.ones((1, 800), np.float32), True).shape
    (1, 1000)
    """

    def __init__(self, sample_rate: float, channels: int, length: int, output_length: int) -> None:
        self._length, self._output_length = length, output_length
        self._rate = length / output_length if output_length else 1.0
        self._step = max(1, round(sample_rate / COARSE))

        def whole(seconds: float, step: int = 1) -> int:
            return max(1, round(seconds * sample_rate / step)) * step

        self._joint, self._reach = whole(JOINT, self._step), whole(REACH, self._step)
        self._before, self._after, self._sharp = whole(BEFORE), whole(AFTER), whole(SHARP)
        self._clear, self._body = whole(CLEAR), whole(BODY)
        self._ramps: dict[int, Wave] = {}
        rise = self._ramp(self._joint)
        self._window: NDArray[np.float32] = np.concatenate([rise, rise[::-1]])
        sixteenths = -(-self._window.size // 16)  # powers of two are fastest
        self._size: int = 16 * scipy.fft.next_fast_len(sixteenths, real=True)
        self._tail: Wave | None = None  # what plays on, fading out, where its partials were turned
        self._turns = np.ones(self._size // 2 + 1, np.complex64)  # by what they were
        self._onsets = Onsets(sample_rate)
        self._heard = 0  # beginnings that are dealt with
        # Silence stands before the sound, so that a piece may begin before it.
        self._front = -(-(self._reach + 2 * self._joint) // self._step) * self._step
        self._base = -self._front  # the source sample at which the buffer begins
        self._buffer: Wave = np.zeros((channels, self._front), np.float32)
        self._arrived = 0
        self._at = 0  # output that is done, in samples
        self._source = 0  # the source sample that plays on there

    def __call__(self, block: Wave, last: bool) -> Wave:
        self._arrived += block.shape[1]
        mono = self._mixed(block)
        self._onsets.add(mono)
        self._extend(block, last)
        if self._short:
            return self._interpolated() if last else self._buffer[:, :0]
        made = np.empty((len(block), self._room(last)), np.float32)
        begin = self._at
        while self._at < self._output_length and (last or self._ready()):
            self._piece(made, begin)
        return made[:, : self._at - begin]

    @property
    def _short(self) -> bool:
        return min(self._length, self._output_length) < 2 * self._joint

    # -- the buffer --------------------------------------------------------------------------------

    def _extend(self, block: Wave, last: bool) -> None:
        """Take a block in, and let go of what will not be needed again."""
        oldest = min(self._source, int(self._at * self._rate)) - self._front
        drop = max(0, (oldest - self._base) // self._step) * self._step
        if self._short:
            drop = 0
        parts = [self._buffer[:, drop:], block]
        if last:
            parts.append(np.zeros((len(block), 2 * self._front), np.float32))
        self._buffer = np.concatenate(parts, axis=1)
        self._base += drop
        mono = self._mixed(self._buffer)
        self._mono = mono
        self._coarse = self._thinned(mono)

    def _thinned(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sums of a few samples, for the first search."""
        count = mono.size // self._step
        rows = mono[: count * self._step].reshape(count, self._step)
        thinned: NDArray[np.float32] = np.einsum("ij->i", rows)
        return thinned

    @staticmethod
    def _mixed(block: Wave) -> NDArray[np.float32]:
        """One channel that stands for all; weighted, so that opposite channels do not cancel."""
        mono: NDArray[np.float32] = block[0]
        for number, channel in enumerate(block[1:], 1):
            mono = mono + channel * np.float32(1.0 / (1.0 + 0.4 * number))
        return mono

    def _room(self, last: bool) -> int:
        """Samples of output that can be made now, at most."""
        left = self._output_length - self._at
        return left if last else min(left, int(self._arrived / self._rate) + 1)

    def _ready(self) -> bool:
        """Whether all that the next piece may look at has arrived."""
        far = max((self._at + 4 * self._joint) * self._rate, self._source) + self._front
        return far + 4 * self._joint <= min(self._arrived, self._onsets.known_until)

    # -- one piece ---------------------------------------------------------------------------------

    def _piece(self, made: Wave, begin: int) -> None:
        """Play one more piece: up to the next joint, beginning or end."""
        onset, placed, ends = self._next_onset()
        guard = placed - self._before
        free = guard - self._sharp - self._at  # output samples before the way into the beginning
        if free >= self._joint:
            self._join(made, begin, self._joint, onset, guard)
            return
        if free > self._sharp:
            self._join(made, begin, free, onset, guard)
        sharp = max(0, min(self._sharp, placed - self._clear - self._at))
        self._cross(made, begin, sharp, onset - (placed - self._at))
        if ends:
            self._copy(made, begin, self._output_length - self._at)
        else:
            self._copy(made, begin, placed + self._after - self._at)
            self._heard += 1

    def _next_onset(self) -> tuple[int, int, bool]:
        """The next beginning that needs a place of its own, in source and output; or the end."""
        found = self._onsets.found
        while self._heard < len(found):
            onset = found[self._heard]
            placed = round(onset / self._rate)
            last = self._output_length - 2 * self._sharp
            if placed - self._clear > self._at and placed + self._after <= last:
                return onset, placed, False
            self._heard += 1
        # The end of the sound stands at the end of the output.
        length = min(self._joint, (self._output_length - self._at) // 2)
        return self._length - length, self._output_length - length, True

    def _join(self, made: Wave, begin: int, length: int, onset: int, guard: int) -> None:
        """Cross over, within ``length`` samples, to a piece that goes on where this one stood."""
        nominal = round(self._at * self._rate)
        low, high = nominal - self._reach, nominal + self._reach
        if self._heard and self._onsets.found:
            before = self._onsets.found[self._heard - 1]
            low = max(low, before + self._body) if before <= nominal else low
        played = min(self._at + 2 * self._joint, guard) - self._at
        high = min(high, onset - self._clear - played)
        target = self._fitting(min(low, high), high, length)
        # A turned piece is as long as two joints.
        room = length == self._joint and guard - self._sharp - self._at >= 2 * length
        if not (room and self._turn(made, begin, target)):
            self._cross(made, begin, length, target)

    def _fitting(self, low: int, high: int, length: int) -> int:
        """The source sample within [low, high] from which the sound is most like what plays on."""
        step, base = self._step, self._base
        low = max(low, base)
        if high <= low:
            return high
        here = self._source - base
        if self._tail is None:
            exact = self._mono[here : here + length]
            wanted, shift = self._coarse[here // step :][: max(length // step, 1)], here % step
        else:
            exact = self._mixed(self._tail)
            wanted, shift = self._thinned(exact), 0
        begin = (low - base) // step
        lags = (high - low) // step + 1
        offset = (low - self._nominal()) / step
        best = best_place(self._coarse[begin:], wanted, lags, offset, self._reach / step)
        if best < 0:
            return min(max(self._nominal(), low), high)
        best = base + (begin + best) * step + shift
        if step > 1:  # the same once more, to the sample
            best = max(best - step, base)
            around = self._mono[best - base : best - base + length + 2 * step]
            best += int(np.correlate(around, exact, "valid").argmax())
        return min(max(best, low), high)

    def _nominal(self) -> int:
        return round(self._at * self._rate)

    def _turn(self, made: Wave, begin: int, target: int) -> bool:
        """Cross over to the piece at ``target`` with its partials turned, where that fits better.

        No one place fits several tones without a common period. Where they sound on in the piece,
        and only their phases do not fit, each is turned by itself into the phase of what plays on.
        """
        if target == self._source and self._tail is None:
            return False  # plays on as it is
        alike = self._likeness(target)
        if alike > FITS or (alike < RELATED and self._tail is None):
            return False
        here, there = self._source - self._base, target - self._base
        if not self._sounds_on(here, there, REST * (1 - alike)):
            return False
        spectra = _spectra(self._buffer, self._window, there, here, self._size)
        new, old = spectra[:1], spectra[1]
        piece = scipy.fft.irfft(turned(new, new, old, self._turns)[0], n=self._size)
        length, place = self._joint, self._at - begin
        tail = self._tail
        if tail is None:
            tail = self._buffer[:, here : here + length] * self._ramp(length)[::-1]
        np.add(tail, piece[:, :length], out=made[:, place : place + length])
        self._tail = piece[:, length : 2 * length]
        self._at += length
        self._source = target + length
        return True

    def _likeness(self, target: int) -> float:
        """The correlation, over a joint, of what plays on and the piece at ``target``."""
        length, base = self._joint, self._base
        new = self._mono[target - base : target - base + length]
        if self._tail is not None:
            return _correlation(self._mixed(self._tail), new * self._ramp(length)[::-1])
        return _correlation(self._mono[self._source - base : self._source - base + length], new)

    def _sounds_on(self, here: int, there: int, rest: float) -> bool:
        """Whether two pieces differ in phases alone, but for a part ``rest`` of their energy."""
        step = self._step
        window = self._window[: self._window.size // step * step : step]
        spectra = _spectra(self._coarse[None], window, here // step, there // step)
        one, other = np.abs(spectra[:, 0])
        return _correlation(one, other) > 1 - rest

    def _cross(self, made: Wave, begin: int, length: int, target: int) -> None:
        """Cross over within ``length`` samples from what plays on to what begins at ``target``."""
        if length:
            here, there = self._source - self._base, target - self._base
            place = self._at - begin
            new = self._buffer[:, there : there + length]
            mixed = made[:, place : place + length]
            if self._tail is None:
                old = self._buffer[:, here : here + length]
                np.subtract(new, old, out=mixed)
                mixed *= self._ramp(length)
                mixed += old
            else:
                np.multiply(new, self._ramp(length), out=mixed)
                mixed += self._tail
                self._tail = None
                self._turns[:] = 1
        self._at += length
        self._source = target + length

    def _copy(self, made: Wave, begin: int, length: int) -> None:
        here, place = self._source - self._base, self._at - begin
        made[:, place : place + length] = self._buffer[:, here : here + length]
        self._at += length
        self._source += length

    def _ramp(self, length: int) -> Wave:
        ramp = self._ramps.get(length)
        if ramp is None:
            phase = (np.arange(length) + 0.5) * (np.pi / 2 / length)
            ramp = (np.sin(phase) ** 2).astype(np.float32)
            self._ramps[length] = ramp
        return ramp

    def _interpolated(self) -> Wave:
        """What is too short to be joined, by linear interpolation."""
        sound = self._buffer[:, -self._base : self._arrived - self._base]
        made = np.zeros((len(sound), self._output_length), np.float32)
        if sound.shape[1]:
            places = (np.arange(self._output_length) + 0.5) * self._rate - 0.5
            for channel, row in zip(made, sound, strict=True):
                channel[:] = np.interp(places, np.arange(sound.shape[1]), row)
        return made


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Normalized; 1 where there is silence."""
    energy = float(one.dot(one)) * float(other.dot(other))
    return float(one.dot(other)) / math.sqrt(energy) if energy > 0 else 1.0


def _spectra(
    sound: Wave, window: NDArray[np.float32], one: int, other: int, size: int | None = None
) -> NDArray[np.complex64]:
    """The spectra (2, channels, bins) of a sound (channels, samples) at two places."""
    frames = np.empty((2, len(sound), window.size), np.float32)
    for frame, place in zip(frames, (one, other), strict=True):
        np.multiply(sound[:, place : place + window.size], window, out=frame)
    spectra: NDArray[np.complex64] = scipy.fft.rfft(frames, n=size)
    return spectra
