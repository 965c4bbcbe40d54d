"""regtrain: a NumPy trainer for better initialization and better regularization.

>>> import numpy as np
>>> from regtrain import Adam, Dense, ReLU, Sequential, Trainer
>>> x = np.random.default_rng(0).standard_normal((200, 2)).astype(np.float32)
>>> y = (x[:, 0] * x[:, 1] > 0).astype(int)
>>> trainer = Trainer(Sequential(Dense(50), ReLU(), Dense(2)), optimizer=Adam(0.01), max_epochs=30)
>>> run = trainer.fit((x, y))
>>> run.stop_reason
'reached max_epochs=30'
>>> trainer.evaluate((x, y))["accuracy"] > 0.9
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:  # so that editors and type checkers see what is imported on use
    from regtrain.diagnose.doctor import doctor as doctor
    from regtrain.early_stopping import EarlyStopping as EarlyStopping
    from regtrain.estimator import MLPClassifier as MLPClassifier
    from regtrain.estimator import MLPRegressor as MLPRegressor
    from regtrain.gradients import GradientCheck as GradientCheck
    from regtrain.gradients import gradient_check as gradient_check
    from regtrain.initializers import Constant as Constant
    from regtrain.initializers import He as He
    from regtrain.initializers import Initializer as Initializer
    from regtrain.initializers import Large as Large
    from regtrain.initializers import Normal as Normal
    from regtrain.initializers import Orthogonal as Orthogonal
    from regtrain.initializers import Xavier as Xavier
    from regtrain.initializers import Zeros as Zeros
    from regtrain.layers.activations import LeakyReLU as LeakyReLU
    from regtrain.layers.activations import Logistic as Logistic
    from regtrain.layers.activations import ReLU as ReLU
    from regtrain.layers.activations import Softmax as Softmax
    from regtrain.layers.activations import Tanh as Tanh
    from regtrain.layers.base import Context as Context
    from regtrain.layers.base import Layer as Layer
    from regtrain.layers.base import ShapeError as ShapeError
    from regtrain.layers.base import Workspace as Workspace
    from regtrain.layers.convolution import Conv2D as Conv2D
    from regtrain.layers.dense import Dense as Dense
    from regtrain.layers.dropout import Dropout as Dropout
    from regtrain.layers.embedding import Embedding as Embedding
    from regtrain.layers.embedding import EmbeddingBag as EmbeddingBag
    from regtrain.layers.normalization import BatchNorm as BatchNorm
    from regtrain.layers.normalization import LayerNorm as LayerNorm
    from regtrain.layers.pooling import AvgPool2D as AvgPool2D
    from regtrain.layers.pooling import Flatten as Flatten
    from regtrain.layers.pooling import GlobalAvgPool as GlobalAvgPool
    from regtrain.layers.pooling import MaxPool2D as MaxPool2D
    from regtrain.layers.recurrent import SimpleRNN as SimpleRNN
    from regtrain.losses import BinaryCrossEntropy as BinaryCrossEntropy
    from regtrain.losses import CrossEntropy as CrossEntropy
    from regtrain.losses import Huber as Huber
    from regtrain.losses import Loss as Loss
    from regtrain.losses import SquaredError as SquaredError
    from regtrain.optimizers import AdaGrad as AdaGrad
    from regtrain.optimizers import Adam as Adam
    from regtrain.optimizers import AdamW as AdamW
    from regtrain.optimizers import GradientDescent as GradientDescent
    from regtrain.optimizers import Momentum as Momentum
    from regtrain.optimizers import Nesterov as Nesterov
    from regtrain.optimizers import Optimizer as Optimizer
    from regtrain.optimizers import RMSProp as RMSProp
    from regtrain.run import Run as Run
    from regtrain.schedules import Cosine as Cosine
    from regtrain.schedules import Exponential as Exponential
    from regtrain.schedules import OneCycle as OneCycle
    from regtrain.schedules import OnPlateau as OnPlateau
    from regtrain.schedules import Schedule as Schedule
    from regtrain.schedules import StepDecay as StepDecay
    from regtrain.schedules import WarmUp as WarmUp
    from regtrain.sequential import InitializationWarning as InitializationWarning
    from regtrain.sequential import Sequential as Sequential
    from regtrain.trainer import Trainer as Trainer
    from regtrain.training.callbacks import Callback as Callback
    from regtrain.training.checkpoint import CheckpointError as CheckpointError
    from regtrain.training.feeder import WorkerError as WorkerError
    from regtrain.training.finder import LRFinder as LRFinder
    from regtrain.training.mixing import CutMix as CutMix
    from regtrain.training.mixing import MixUp as MixUp
    from regtrain.training.prepare import OverlapWarning as OverlapWarning
    from regtrain.weights import WeightsError as WeightsError
    from regtrain.weights import export_weights as export_weights
    from regtrain.weights import import_weights as import_weights

_HOMES = {
    "diagnose.doctor": ("doctor",),
    "early_stopping": ("EarlyStopping",),
    "estimator": ("MLPClassifier", "MLPRegressor"),
    "gradients": ("GradientCheck", "gradient_check"),
    "initializers": (
        "Constant",
        "He",
        "Initializer",
        "Large",
        "Normal",
        "Orthogonal",
        "Xavier",
        "Zeros",
    ),
    "layers.activations": ("LeakyReLU", "Logistic", "ReLU", "Softmax", "Tanh"),
    "layers.base": ("Context", "Layer", "ShapeError", "Workspace"),
    "layers.dense": ("Dense",),
    "layers.dropout": ("Dropout",),
    "layers.convolution": ("Conv2D",),
    "layers.embedding": (
        "Embedding",
        "EmbeddingBag",
    ),
    "layers.normalization": (
        "BatchNorm",
        "LayerNorm",
    ),
    "layers.pooling": (
        "AvgPool2D",
        "Flatten",
        "GlobalAvgPool",
        "MaxPool2D",
    ),
    "layers.recurrent": ("SimpleRNN",),
    "losses": ("BinaryCrossEntropy", "CrossEntropy", "Huber", "Loss", "SquaredError"),
    "optimizers": (
        "AdaGrad",
        "Adam",
        "AdamW",
        "GradientDescent",
        "Momentum",
        "Nesterov",
        "Optimizer",
        "RMSProp",
    ),
    "run": ("Run",),
    "schedules": (
        "Cosine",
        "Exponential",
        "OnPlateau",
        "OneCycle",
        "Schedule",
        "StepDecay",
        "WarmUp",
    ),
    "sequential": ("InitializationWarning", "Sequential"),
    "training.callbacks": ("Callback",),
    "training.checkpoint": ("CheckpointError",),
    "training.finder": ("LRFinder",),
    "training.mixing": (
        "CutMix",
        "MixUp",
    ),
    "training.feeder": ("WorkerError",),
    "training.prepare": ("OverlapWarning",),
    "trainer": ("Trainer",),
    "weights": ("WeightsError", "export_weights", "import_weights"),
}

__all__ = sorted(name for names in _HOMES.values() for name in names)

__getattr__, __dir__ = lazily(__name__, _HOMES)
