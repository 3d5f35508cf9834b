"""What `polygraphy run --data-loader-script` reads: pictures of an IDX file, so many to a batch."""

import os

import numpy

IDX_HEADER_BYTES = 16


def load_data():
    images, batch = int(os.environ["IMAGES"]), int(os.environ["BATCH"])
    levels = numpy.fromfile(os.environ["IDX"], dtype=numpy.uint8, offset=IDX_HEADER_BYTES)
    pictures = levels.reshape(-1, 1, 28, 28)[:images].astype(numpy.float32) * numpy.float32(os.environ["SCALE"])
    for first in range(0, images, batch):
        yield {"input": pictures[first : first + batch]}
