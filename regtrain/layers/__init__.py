"""Layers: ``forward(x, context) -> (y, backprop)``; the whole calculus of each on one screen."""

from __future__ import annotations

from regtrain.layers.activations import Activation, LeakyReLU, Logistic, ReLU, Softmax, Tanh
from regtrain.layers.base import Block, Context, Layer, ShapeError, Workspace
from regtrain.layers.dense import Dense
from regtrain.layers.dropout import Dropout

__all__ = [
    "Activation",
    "Block",
    "Context",
    "Dense",
    "Dropout",
    "Layer",
    "LeakyReLU",
    "Logistic",
    "ReLU",
    "ShapeError",
    "Softmax",
    "Tanh",
    "Workspace",
]
