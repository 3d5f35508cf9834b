"""A digit service of MathSketch's shape, as one writes it in an hour: FastAPI, Pillow, ONNX Runtime.

POST /predict {"image_data": "<base64 PNG>"} -> {"prediction": int, "timestamp": ISO 8601}

FastAPI runs `async def` on its event loop and `def` in a pool of threads. Which is faster depends on the model, so both
are here, and isobit is compared with the faster one.
"""

import base64
import io
import os
from datetime import datetime, timezone

import numpy
import onnxruntime
from fastapi import FastAPI, HTTPException
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel

SIDE = 28
SCALE = numpy.float32(float(os.environ["SCALE"]))

session = onnxruntime.InferenceSession(os.environ["MODEL"], providers=["CPUExecutionProvider"])
input_name = session.get_inputs()[0].name
app = FastAPI()


class Drawing(BaseModel):
    image_data: str


def answer(drawing: Drawing) -> dict[str, object]:
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(drawing.image_data))).convert("L")
    except (ValueError, UnidentifiedImageError) as error:
        raise HTTPException(422, "image_data is not an image in base64") from error
    if picture.size != (SIDE, SIDE):
        picture = picture.resize((SIDE, SIDE))
    tensor = (numpy.asarray(picture, dtype=numpy.float32) * SCALE).reshape(1, 1, SIDE, SIDE)
    (logits,) = session.run(None, {input_name: tensor})
    return {"prediction": int(logits[0].argmax()), "timestamp": datetime.now(timezone.utc).isoformat()}


@app.post("/predict")
async def predict(drawing: Drawing) -> dict[str, object]:
    return answer(drawing)


@app.post("/predict-in-thread")
def predict_in_thread(drawing: Drawing) -> dict[str, object]:
    return answer(drawing)
