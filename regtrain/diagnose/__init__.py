"""What is wrong with a run, in the words of the course, with the numbers behind it.

>>> verdict = diagnose(Error.of_rate(10, 1000), Error.of_rate(110, 1000), guess=0.5)
>>> verdict.cause, verdict.remedies[0].name
('high variance', 'Augment the data')
"""

from __future__ import annotations

from regtrain.diagnose.doctor import Checkup, Finding, doctor
from regtrain.diagnose.error import Error
from regtrain.diagnose.health import Health
from regtrain.diagnose.learning_curve import LearningCurve, Seeds, learning_curve, repeat
from regtrain.diagnose.table import Circumstances, Diagnosis, Remedy, diagnose

__all__ = [
    "Checkup",
    "Circumstances",
    "Diagnosis",
    "Error",
    "Finding",
    "Health",
    "LearningCurve",
    "Remedy",
    "Seeds",
    "diagnose",
    "doctor",
    "learning_curve",
    "repeat",
]
