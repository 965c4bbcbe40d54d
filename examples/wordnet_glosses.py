"""What kind of thing is meant? Definitions from WordNet, sorted into animals, plants, people and so on.

    python examples/wordnet_glosses.py               # 600 definitions to learn from, seconds
    python examples/wordnet_glosses.py --full        # five seeds, with and without augmentation

The texts are the glosses of the Debian package wordnet-base; the classes are WordNet's own files of
nouns. A text becomes the mean of the vectors of its words (`EmbeddingBag`), and the pipeline replaces
words by synonyms, drops and swaps some.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from augkit import Compose, text
from regtrain import Adam, Dense, Dropout, EmbeddingBag, ReLU, Sequential, Trainer
from regtrain.ablate import Effect
from regtrain.data import Vocabulary
from regtrain.diagnose import Error

FILE = Path("/usr/share/wordnet/data.noun")
CLASSES = {
    "05": "animal", "06": "artifact", "10": "communication", "13": "food", "15": "location",
    "18": "person", "20": "plant", "26": "state",
}  # fmt: skip
LENGTH = 24  # words of a text that count


def glosses(file: Path) -> tuple[list[str], Any]:
    """Definitions without examples, and the class of each."""
    if not file.exists():
        raise SystemExit(f"{file} is missing: apt-get install wordnet-base")
    numbers = {code: number for number, code in enumerate(CLASSES)}
    texts, labels = [], []
    for line in file.read_text("utf-8").splitlines():
        head, _, gloss = line.partition(" | ")
        code = head[9:11]
        if not line.startswith(" ") and code in numbers:
            texts.append(gloss.split('; "')[0].strip())
            labels.append(numbers[code])
    return texts, np.array(labels)


def pipeline() -> Compose:
    """Synonyms, and a few words dropped or swapped: the meaning stays."""
    return Compose(
        [
            text.SynonymReplacement(alpha=0.15, p=0.7),
            text.RandomDeletion(alpha=0.15, p=0.7),
            text.RandomSwap(alpha=0.1, p=0.3),
        ]
    )


def trained(train: Any, valid: Any, augment: Any, epochs: int, seed: int) -> Trainer:
    """A trainer after training."""
    vocabulary = Vocabulary.of(train[0], length=LENGTH)  # of the training texts only
    model = Sequential(
        EmbeddingBag(len(vocabulary), 48, padding=vocabulary.PADDING), Dropout(0.3),
        Dense(48), ReLU(), Dropout(0.3), Dense(len(CLASSES)),
    )  # fmt: skip
    trainer = Trainer(
        model, optimizer=Adam(0.003), batch_size=32, max_epochs=epochs, features=vocabulary,
        augment=augment, early_stopping=5, seed=seed,
    )  # fmt: skip
    run = trainer.fit(train, valid=valid)
    print(
        f"  {run.epochs} epochs in {run.seconds:.0f} s, validation accuracy "
        f"{run.history['valid_accuracy'][run.best_epoch]:.3f}",
        flush=True,
    )
    return trainer


def main() -> None:
    """Run the example."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--full", action="store_true", help="five seeds, and 20,000 texts; minutes")
    parser.add_argument("--data", type=Path, default=FILE)
    options = parser.parse_args()
    texts, labels = glosses(options.data)
    order = np.random.Generator(np.random.Philox(key=7)).permutation(len(texts))

    def part(start: int, stop: int) -> tuple[list[str], Any]:
        chosen = order[start:stop]
        return [texts[i] for i in chosen], labels[chosen]

    test, valid = part(0, 3000), part(3000, 4500)
    guess = max(Counter(test[1].tolist()).values()) / len(test[1])
    print(
        f"{len(texts):,} definitions in {len(CLASSES)} classes; the most frequent class is {guess:.1%}"
    )
    seeds, few = (5, 600) if options.full else (1, 600)
    differences, last = [], 0.0
    for seed in range(seeds):
        start = 4500 + seed * few
        train = part(start, start + few)
        accuracy = []
        for augment in (None, pipeline()):
            trainer = trained(train, valid, augment, 40, seed)
            accuracy.append(trainer.test(test)["accuracy"])
        print(f"  seed {seed}, {few} texts: test {accuracy[0]:.3f} without, {accuracy[1]:.3f} with")
        differences.append(accuracy[1] - accuracy[0])
        last = accuracy[1]
    assert last > 1.5 * guess
    if options.full:
        print(f"  by augmentation {Effect.of(differences)} points")
        trainer = trained(part(4500, 24_500), valid, None, 15, 0)
        wrong = int((trainer.predict(test[0]) != test[1]).sum())
        error = Error.of_rate(wrong, len(test[1]))
        print(
            f"  20,000 texts: test accuracy {1 - error.value:.3f} [{1 - error.high:.3f}, {1 - error.low:.3f}]"
        )
        assert error.value < 0.25


if __name__ == "__main__":
    main()
