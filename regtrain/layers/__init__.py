"""Layers: ``forward(x, context) -> (y, backprop)``; the whole calculus of each on one screen."""

from __future__ import annotations

from regtrain.layers.activations import Activation, LeakyReLU, Logistic, ReLU, Softmax, Tanh
from regtrain.layers.base import Block, Context, Layer, ShapeError, Workspace
from regtrain.layers.convolution import Conv2D
from regtrain.layers.dense import Dense
from regtrain.layers.dropout import Dropout
from regtrain.layers.embedding import Embedding, EmbeddingBag
from regtrain.layers.normalization import BatchNorm, LayerNorm
from regtrain.layers.pooling import AvgPool2D, Flatten, GlobalAvgPool, MaxPool2D
from regtrain.layers.recurrent import SimpleRNN

__all__ = [
    "Activation",
    "AvgPool2D",
    "BatchNorm",
    "Block",
    "Context",
    "Conv2D",
    "Dense",
    "Dropout",
    "Embedding",
    "EmbeddingBag",
    "Flatten",
    "GlobalAvgPool",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Logistic",
    "MaxPool2D",
    "ReLU",
    "ShapeError",
    "SimpleRNN",
    "Softmax",
    "Tanh",
    "Workspace",
]
