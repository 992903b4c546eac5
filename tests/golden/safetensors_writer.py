"""Writes safetensors for the golden scripts: float32 arrays, sorted by name, and text."""

import json
import struct

import numpy


def write(path, arrays, text):
    header, offset, chunks = {"__metadata__": text}, 0, []
    for name in sorted(arrays):
        array = numpy.ascontiguousarray(arrays[name], dtype="<f4")
        end = offset + array.nbytes
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, end]}
        chunks.append(array.tobytes())
        offset = end
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + b"".join(chunks))
