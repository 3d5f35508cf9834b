"""Writes trained parameters as ONNX, checks the file, measures it, and lists it in models/manifest.json."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from data import test_set
from network import CONVOLUTIONS, DENSE, STRIDE

OPSET = 17
# The oldest file format that opset 17 goes with, so that runtimes of its time read the file too.
IR_VERSION = 8
GREY_SCALE = 1 / 255
LABELS = [str(digit) for digit in range(10)]
BATCH = 500


def onnx_model(params: dict) -> onnx.ModelProto:
    """The network as an ONNX graph: `input` [N,1,28,28] -> `logits` [N,10], no softmax."""
    nodes, weights, x = [], [], "input"
    for name, (side, _, _) in CONVOLUTIONS.items():
        pad = side // 2
        kernel = np.transpose(np.asarray(params[name]["weight"]), (3, 2, 0, 1))
        weights += _initializers(name, kernel, params[name]["bias"])
        nodes.append(
            helper.make_node(
                "Conv",
                [x, f"{name}.weight", f"{name}.bias"],
                [name],
                name=name,
                kernel_shape=[side, side],
                strides=[STRIDE, STRIDE],
                pads=[pad] * 4,
            )
        )
        nodes.append(helper.make_node("Relu", [name], [f"{name}.relu"], name=f"{name}.relu"))
        x = f"{name}.relu"
    nodes.append(helper.make_node("Flatten", [x], ["features"], name="features", axis=1))
    weights += _initializers("dense1", _channels_first(params["dense1"]["weight"]), params["dense1"]["bias"])
    nodes.append(_gemm("features", "dense1", "dense1"))
    nodes.append(helper.make_node("Relu", ["dense1"], ["dense1.relu"], name="dense1.relu"))
    weights += _initializers("dense2", np.asarray(params["dense2"]["weight"]).T, params["dense2"]["bias"])
    nodes.append(_gemm("dense1.relu", "dense2", "logits"))
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 1, 28, 28])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(LABELS)])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model.producer_name = "isobit"
    onnx.checker.check_model(model, full_check=True)
    return model


def _initializers(layer: str, weight: np.ndarray, bias: np.ndarray) -> list[onnx.TensorProto]:
    return [
        numpy_helper.from_array(np.ascontiguousarray(weight, np.float32), f"{layer}.weight"),
        numpy_helper.from_array(np.ascontiguousarray(bias, np.float32), f"{layer}.bias"),
    ]


def _gemm(source: str, layer: str, output: str) -> onnx.NodeProto:
    return helper.make_node("Gemm", [source, f"{layer}.weight", f"{layer}.bias"], [output], name=layer, transB=1)


def _channels_first(weight: np.ndarray) -> np.ndarray:
    """dense1 was trained on features in row, column, channel order; ONNX flattens channel, row, column. (out, in)."""
    channels = list(CONVOLUTIONS.values())[-1][2]
    features, outputs = DENSE["dense1"]
    side = round((features / channels) ** 0.5)
    by_place = np.asarray(weight).reshape(side, side, channels, outputs)
    return by_place.transpose(3, 2, 0, 1).reshape(outputs, features)


def correct_test_images(path: Path) -> int:
    """How many of the 10,000 test images onnxruntime's CPU provider labels right with this file."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    pictures, labels = test_set()
    scaled = (pictures.astype(np.float32) * np.float32(GREY_SCALE))[:, None]
    correct = 0
    for start in range(0, len(scaled), BATCH):
        (found,) = session.run(["logits"], {"input": scaled[start : start + BATCH]})
        correct += int((found.argmax(1) == labels[start : start + BATCH]).sum())
    return correct


def write_model(params: dict, path: Path) -> None:
    path.write_bytes(onnx_model(params).SerializeToString(deterministic=True))


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def list_in_manifest(path: Path) -> None:
    """Replaces the file's entry in the manifest.json next to it; other models' entries stay."""
    manifest_path = path.with_name("manifest.json")
    models = json.loads(manifest_path.read_text())["models"] if manifest_path.exists() else []
    entry = {
        "id": path.stem,
        "file": path.name,
        "sha256": sha256_of(path),
        "input": {"name": "input", "shape": [-1, 1, 28, 28]},
        "preprocess": {"scale": GREY_SCALE, "mean": [0], "std": [1], "invert": False},
        "output": {"name": "logits"},
        "labels": LABELS,
        "opset": OPSET,
    }
    known = [model["id"] for model in models]
    if entry["id"] in known:
        models[known.index(entry["id"])] = entry
    else:
        models.append(entry)
    manifest_path.write_text(json.dumps({"models": models}, indent=2) + "\n")
