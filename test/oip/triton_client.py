"""Asks an Open Inference Protocol server through Triton's own HTTP client and prints what it got as one JSON document.

Arguments: host:port, a model's id, and a file with float32 input tensors of 28 x 28, one after another.
"""

import base64
import json
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

address, model, tensors = sys.argv[1:]
rows = np.fromfile(tensors, dtype="<f4").reshape(-1, 1, 28, 28)
client = triton.InferenceServerClient(url=address)


def bits(array):
    """Shape, type and little-endian bytes of an array."""
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "bits": base64.b64encode(array.astype("<f4").tobytes()).decode(),
    }


def tensor(array, name="input", datatype="FP32", binary=True, shape=None):
    asked = triton.InferInput(name, list(array.shape) if shape is None else shape, datatype)
    asked.set_data_from_numpy(array, binary_data=binary)
    return asked


def infer(array, *, binary_in=True, binary_out=True, asks=True, **options):
    outputs = [triton.InferRequestedOutput("logits", binary_data=binary_out)] if asks else None
    result = client.infer(model, [tensor(array, binary=binary_in)], outputs=outputs, **options)
    response = result.get_response()
    return {
        **bits(result.as_numpy("logits")),
        "id": response.get("id"),
        "model_name": response["model_name"],
        "parameters": response.get("parameters"),
        "binary": "data" not in response["outputs"][0],
    }


def refused(ask):
    try:
        return {"answered": str(ask())}
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}


single = rows[7:8]
print(
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": client.is_server_ready(),
            "model_ready": client.is_model_ready(model),
            "version_ready": client.is_model_ready(model, "1"),
            "unknown_model_ready": client.is_model_ready("absent"),
            "unknown_version_ready": client.is_model_ready(model, "2"),
            "server": client.get_server_metadata(),
            "model": client.get_model_metadata(model),
            "versioned": client.get_model_metadata(model, "1"),
            "binary": infer(single, request_id="seven"),
            "gzip": infer(single, request_compression_algorithm="gzip"),
            "deflate": infer(single, request_compression_algorithm="deflate", response_compression_algorithm="gzip"),
            "json_in": infer(single, binary_in=False),
            "json_out": infer(single, binary_out=False),
            "json_both": infer(single, binary_in=False, binary_out=False),
            "no_outputs": infer(single, asks=False),
            "batch": infer(rows),
            "batch_json": infer(rows, binary_in=False, binary_out=False),
            "version": infer(single, model_version="1"),
            "backend": infer(single, parameters={"backend": "CPU"}),
            "timeout": infer(single, priority=1, timeout=1_000_000),
            "refusals": {
                "unknown model": refused(lambda: client.get_model_metadata("absent")),
                "unknown version": refused(lambda: client.get_model_metadata(model, "2")),
                "model configuration": refused(lambda: client.get_model_config(model)),
                "infer on an unknown model": refused(lambda: client.infer("absent", [tensor(single)])),
                "unknown input": refused(lambda: client.infer(model, [tensor(single, name="pixels")])),
                "two inputs": refused(lambda: client.infer(model, [tensor(single), tensor(single)])),
                "other datatype": refused(
                    lambda: client.infer(model, [tensor(single.astype(np.float64), datatype="FP64")])
                ),
                "other shape": refused(lambda: client.infer(model, [tensor(single.reshape(1, 784))])),
                "other rank in JSON": refused(
                    lambda: client.infer(model, [tensor(single.reshape(784), binary=False)])
                ),
                "empty batch": refused(lambda: client.infer(model, [tensor(rows[:0])])),
                "unknown output": refused(
                    lambda: client.infer(
                        model, [tensor(single)], outputs=[triton.InferRequestedOutput("probabilities")]
                    )
                ),
                "classification": refused(
                    lambda: client.infer(
                        model, [tensor(single)], outputs=[triton.InferRequestedOutput("logits", class_count=3)]
                    )
                ),
                "unknown backend": refused(lambda: infer(single, parameters={"backend": "TPU"})),
                "absent backend": refused(lambda: infer(single, parameters={"backend": "CUDA"})),
            },
        }
    )
)
