#!/usr/bin/env python3
"""Writes small torch checkpoints of every kind into tests/golden/weights.

Run: python3 tests/golden/torch_files.py   (needs torch 2.7 or newer)

The numbers follow a formula that the tests repeat: element i of tensor k, in C order, is
ramp(k, i) = ((37 k + 11 i) mod 64 - 32) / 8, exact in every floating-point type used.
"""

import argparse
import collections
import io
import os
import pickle
import warnings
import zipfile

import torch

warnings.simplefilter("ignore")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "weights")


def ramp(k, *shape, dtype=torch.float32):
    count = 1
    for size in shape:
        count *= size
    values = [((37 * k + 11 * i) % 64 - 32) / 8 for i in range(count)]
    if not dtype.is_floating_point:
        values = [value * 8 for value in values]
    return torch.tensor(values, dtype=torch.float64).reshape(shape).to(dtype)


def plain():
    return collections.OrderedDict(
        [
            ("conv.weight", ramp(0, 4, 3, 2, 2)),
            ("conv.bias", ramp(1, 4)),
            ("bn.num_batches_tracked", torch.tensor(7)),
        ]
    )


def prefixed(prefix, tensors):
    return collections.OrderedDict((prefix + name, tensor) for name, tensor in tensors.items())


def save(name, value, **options):
    torch.save(value, os.path.join(FOLDER, name), **options)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(2, 1)

    def forward(self, x):
        return self.fc(x)


def views():
    """Strided and shared views of one storage, an offset one, a scalar, empty and expanded ones."""
    base = ramp(2, 6, 8)
    return {
        "base": base,
        "transposed": base.t(),
        "rows": base[2:4],
        "columns": base[:, 1::3],
        "scalar": base[5, 7],
        "empty": base[:0],
        "expanded": ramp(3, 1).expand(5, 3),
        "channels_last": ramp(4, 2, 3, 2, 2).contiguous(memory_format=torch.channels_last),
    }


def dtypes():
    floats = {
        "f64": torch.float64,
        "f32": torch.float32,
        "f16": torch.float16,
        "bf16": torch.bfloat16,
        "i64": torch.int64,
        "i32": torch.int32,
        "i16": torch.int16,
        "i8": torch.int8,
    }
    tensors = {name: ramp(5, 3, 5, dtype=dtype) for name, dtype in floats.items()}
    tensors["u8"] = torch.arange(250, 256, dtype=torch.uint8)
    tensors["u16"] = torch.tensor([0, 1, 65535], dtype=torch.uint16)
    tensors["bool"] = torch.tensor([True, False, True, True])
    tensors["c64"] = torch.tensor([1 + 2j])
    tensors["f8"] = torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn)
    return tensors


def training_checkpoint():
    """What a training script writes: weights among an optimizer's state, counters and arguments."""
    model = Net()
    with torch.no_grad():
        model.fc.weight.copy_(ramp(6, 1, 2))
        model.fc.bias.copy_(ramp(7, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model(torch.ones(1, 2)).sum().backward()
    weights = prefixed("module.", model.state_dict())
    averaged = prefixed("module.", {name: 2 * t for name, t in model.state_dict().items()})
    weights = collections.OrderedDict((name, t.clone()) for name, t in weights.items())
    optimizer.step()
    return {
        "epoch": 12,
        "arch": "net",
        "args": argparse.Namespace(lr=0.1, data="images", workers=4),
        "state_dict": weights,
        "state_dict_ema": averaged,
        "best_acc1": torch.tensor(76.5),
        "optimizer": optimizer.state_dict(),
        "history": [0.1, 0.2, None, True],
        "digest": b"\x00\xff" * 8,
        "metrics": {"top1", "top5"},
        "huge": 1 << 100,
    }


class Odd:
    """Stands for a library's own tensor class, which is not there when the file is read."""

    def __reduce__(self):
        return (eval, ("1 + 1",))


def with_objects():
    tensor = ramp(8, 3)
    annotated = ramp(9, 3)
    annotated.note = "text"
    return {
        "good": tensor,
        "annotated": annotated,
        "parameter": torch.nn.Parameter(ramp(10, 2)),
        "odd": Odd(),
        "sparse": torch.eye(2).to_sparse(),
        "epoch": 3,
        "shape": torch.Size([1, 2]),
        "device": torch.device("cpu"),
    }


def deflated(source, target):
    """The same archive in another folder name and compressed, as after unzip and zip."""
    with zipfile.ZipFile(os.path.join(FOLDER, source)) as old:
        with zipfile.ZipFile(os.path.join(FOLDER, target), "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name.replace(name.split("/")[0], "again", 1), old.read(name))


def replaced(source, target, entry, contents):
    with zipfile.ZipFile(os.path.join(FOLDER, source)) as old:
        with zipfile.ZipFile(os.path.join(FOLDER, target), "w") as new:
            for name in old.namelist():
                new.writestr(name, contents if name.endswith(entry) else old.read(name))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    torch.manual_seed(0)
    old = {"_use_new_zipfile_serialization": False}
    save("plain_zip.pth", plain())
    for protocol in (3, 4, 5):
        save(f"plain_zip_protocol{protocol}.pth", plain(), pickle_protocol=protocol)
    for protocol in (2, 3, 4, 5):
        save(f"plain_legacy_protocol{protocol}.pth", plain(), pickle_protocol=protocol, **old)
    deflated("plain_zip.pth", "plain_deflated.pth")
    replaced("plain_zip.pth", "big_endian.pth", "byteorder", b"big")
    save("one_entry_zip.pth", {"w": ramp(0, 2)})
    save("one_entry_legacy.pth", {"w": ramp(0, 2)}, **old)
    save("views_zip.pth", views())
    save("views_legacy.pth", views(), **old)
    save("dtypes_zip.pth", dtypes())
    save("training_zip.pth", training_checkpoint())
    save("training_legacy.pth", training_checkpoint(), **old)
    save("wrapped_zip.pth", prefixed("module._orig_mod.model.backbone.", plain()))
    save("two_models_zip.pth", {"model": {"w": ramp(0, 2)}, "ema": {"w": ramp(1, 2)}})
    average = torch.optim.swa_utils.AveragedModel(Net())
    save("averaged_zip.pth", average.state_dict())
    save("objects_zip.pth", with_objects())
    save("objects_legacy.pth", with_objects(), **old)
    save("module_zip.pth", Net())
    # Old files of whole modules hold their source and its place.
    torch.serialization.get_source_lines_and_file = lambda made: (["class Net: ..."], 1, "net.py")
    save("module_legacy.pth", Net(), **old)
    save("list_zip.pth", [ramp(0, 2)])
    script = io.BytesIO()
    torch.jit.save(torch.jit.trace(torch.nn.ReLU(), torch.ones(1)), script)
    with open(os.path.join(FOLDER, "script.pt"), "wb") as file:
        file.write(script.getvalue())
    with open(os.path.join(FOLDER, "plain_pickle.pkl"), "wb") as file:
        pickle.dump({"w": [1.0, 2.0]}, file)
    for name in sorted(os.listdir(FOLDER)):
        print(f"{os.path.getsize(os.path.join(FOLDER, name)):7d} {name}")


if __name__ == "__main__":
    main()
