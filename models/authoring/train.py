"""Trains `digits` on MNIST and writes models/digits.onnx: `python train.py`. See README.md."""

import argparse
import logging
import platform
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from augment import augment
from data import training_set
from export import correct_test_images, list_in_manifest, sha256_of, write_model
from network import Params, clip_weights, initial_params, logits

MODELS_FOLDER = Path(__file__).resolve().parents[1]
LOG_FILE = Path(__file__).with_name("training-log.txt")
LOG = logging.getLogger("authoring")
SEED = 20261121
EPOCHS = 24
BATCH = 128
PEAK_LEARNING_RATE = 2e-3
WARMUP_SHARE = 0.05
WEIGHT_DECAY = 2e-2
# The weights that are kept are an average over roughly the last 1 / (1 - EMA_DECAY) steps.
EMA_DECAY = 0.998


def make_optimizer(steps_an_epoch: int, epochs: int) -> optax.GradientTransformation:
    schedule = optax.warmup_cosine_decay_schedule(
        init_value=0.0,
        peak_value=PEAK_LEARNING_RATE,
        warmup_steps=int(WARMUP_SHARE * epochs * steps_an_epoch),
        decay_steps=epochs * steps_an_epoch,
    )

    def is_weight(params: Params) -> Params:
        return {name: {"weight": True, "bias": False} for name in params}

    return optax.adamw(schedule, weight_decay=WEIGHT_DECAY, mask=is_weight)


def loss(params: Params, pictures: jax.Array, labels: jax.Array, key: jax.Array) -> jax.Array:
    return optax.softmax_cross_entropy_with_integer_labels(logits(params, pictures, key), labels).mean()


@partial(jax.jit, static_argnames="optimizer", donate_argnums=(1, 2, 3))
def train_step(
    optimizer, params: Params, average: Params, state, pictures: jax.Array, labels: jax.Array, key: jax.Array
):
    """One batch of uint8 pictures: new parameters, their running average, the optimiser's state and the loss."""
    augment_key, dropout_key = jax.random.split(key)
    varied = augment(augment_key, pictures.astype(jnp.float32) / 255)
    value, gradients = jax.value_and_grad(loss)(params, varied, labels, dropout_key)
    updates, state = optimizer.update(gradients, state, params)
    params = clip_weights(optax.apply_updates(params, updates))
    average = optax.incremental_update(params, average, 1 - EMA_DECAY)
    return params, average, state, value


@jax.jit
def predict(params: Params, pictures: jax.Array) -> jax.Array:
    return logits(params, pictures.astype(jnp.float32) / 255).argmax(1)


def accuracy(params: Params, pictures: np.ndarray, labels: np.ndarray) -> float:
    chunks = [predict(params, pictures[i : i + 1000]) for i in range(0, len(pictures), 1000)]
    return float((np.concatenate(chunks) == labels).mean())


def train(pictures: np.ndarray, labels: np.ndarray, held_out: int, epochs: int) -> Params:
    """The averaged parameters after `epochs` passes over all but the last `held_out` pictures."""
    count = len(pictures) - held_out
    steps_an_epoch = count // BATCH
    optimizer = make_optimizer(steps_an_epoch, epochs)
    key = jax.random.key(SEED)
    shuffle = np.random.default_rng(SEED)
    params = initial_params(jax.random.fold_in(key, 0))
    average = jax.tree.map(jnp.copy, params)
    state = optimizer.init(params)
    began, step = time.perf_counter(), 0
    for epoch in range(1, epochs + 1):
        order = shuffle.permutation(count)
        losses = []
        for start in range(0, steps_an_epoch * BATCH, BATCH):
            step += 1
            chosen = order[start : start + BATCH]
            params, average, state, value = train_step(
                optimizer, params, average, state, pictures[chosen], labels[chosen], jax.random.fold_in(key, step)
            )
            losses.append(value)
        line = f"epoch {epoch:2d}/{epochs}  loss {np.mean(jax.device_get(losses)):.4f}"
        if held_out:
            line += f"  held out {100 * accuracy(average, pictures[count:], labels[count:]):.2f} %"
        LOG.info("%s  %.0f s", line, time.perf_counter() - began)
    return average


def read_options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--epochs", type=int, default=EPOCHS, help="passes over the training pictures")
    options.add_argument(
        "--held-out", type=int, default=0, help="try settings: measure on the last N training pictures, write no model"
    )
    return options.parse_args()


def main() -> None:
    options = read_options()
    LOG.setLevel(logging.INFO)
    LOG.addHandler(logging.StreamHandler())
    if not options.held_out:
        LOG.addHandler(logging.FileHandler(LOG_FILE, mode="w"))
    versions = platform.python_version(), jax.__version__, optax.__version__, platform.machine()
    LOG.info("Python %s, jax %s, optax %s, %s", *versions)
    LOG.info("seed %d, %d epochs, batch %d, peak learning rate %g", SEED, options.epochs, BATCH, PEAK_LEARNING_RATE)
    params = jax.device_get(train(*training_set(), options.held_out, options.epochs))
    if options.held_out:
        return
    path = MODELS_FOLDER / "digits.onnx"
    write_model(params, path)
    list_in_manifest(path)
    LOG.info("%s: %d bytes, SHA-256 %s", path.name, path.stat().st_size, sha256_of(path))
    LOG.info("%d of 10,000 test images right (onnxruntime, CPU)", correct_test_images(path))


if __name__ == "__main__":
    main()
