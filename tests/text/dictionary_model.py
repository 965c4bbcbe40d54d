"""A real CTranslate2 model that translates word by word: its weights follow from a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import TransformerSpec

SHARP = 20.0
"""What makes attention look at one position alone, and one word win."""


def write_model(folder: Path, dictionary: Mapping[str, str], positions: int = 32) -> Path:
    """A transformer of one layer each way: embeddings and positions are one-hot; the decoder looks
    at the source word of its own position, and gives what the dictionary says."""
    words = sorted({*dictionary, *dictionary.values()})
    tokens = ["<unk>", "<s>", "</s>", *words]
    size, width = len(tokens), len(tokens) + positions
    becomes = [tokens.index(dictionary.get(token, token)) for token in tokens]
    translate = np.zeros((width, width))
    translate[becomes, range(size)] = SHARP
    same_place = np.diag(np.r_[np.zeros(size), np.full(positions, SHARP)])

    spec = TransformerSpec.from_config(num_layers=(1, 1), num_heads=1, pre_norm=True)
    encoder, decoder = spec.encoder, spec.decoder
    for side, embeddings in ((encoder, encoder.embeddings[0]), (decoder, decoder.embeddings)):
        embeddings.weight = np.eye(size, width, dtype=np.float32)
        side.scale_embeddings = False
        side.position_encodings.encodings = np.eye(positions, width, k=size, dtype=np.float32)
        _normalized(side.layer_norm, width)
        _silent(side.layer[0], width)
    attention = decoder.layer[0].attention
    _normalized(attention.layer_norm, width)
    _linear(attention.linear[0], same_place)
    _linear(attention.linear[1], np.concatenate([same_place, translate]))
    _linear(attention.linear[2], np.eye(width))
    _linear(decoder.projection, np.eye(size, width))
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.add_source_eos = True
    spec.validate()
    folder.mkdir(parents=True)
    spec.save(str(folder))
    return folder


def _silent(layer: Any, width: int) -> None:
    """A layer whose self-attention and network add nothing."""
    for norm in (layer.self_attention.layer_norm, layer.ffn.layer_norm):
        _normalized(norm, width)
    _linear(layer.self_attention.linear[0], np.zeros((3 * width, width)))
    _linear(layer.self_attention.linear[1], np.zeros((width, width)))
    _linear(layer.ffn.linear_0, np.zeros((4, width)))
    _linear(layer.ffn.linear_1, np.zeros((width, 4)))


def _normalized(norm: Any, width: int) -> None:
    norm.gamma, norm.beta = np.ones(width, np.float32), np.zeros(width, np.float32)


def _linear(linear: Any, weight: np.ndarray) -> None:
    linear.weight, linear.bias = weight.astype(np.float32), np.zeros(len(weight), np.float32)
