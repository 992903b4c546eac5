#!/usr/bin/env python3
"""Compares a run of `strata probe` with scikit-learn on the same features, folds and penalties.

    strata probe PICTURES -o RUN ...
    python3 bench/probe_sklearn.py RUN [--taps relu1 fire2] [--feature gap] [--tolerance 1e-6]

For each cell of the run the features come from RUN/store, the folds from RUN/pictures.csv and the
penalties and results from RUN/results.csv. scikit-learn standardises by the training rows, fits
LogisticRegression(C = 1 / (training rows x lambda), lbfgs) for every lambda and fold, and is judged
in each fold at the lambda that strata chose there without that fold. Needs numpy and scikit-learn.
"""

import argparse
import collections
import csv
import json
import pathlib
import time
import warnings

import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler


def read_tensors(file):
    """The arrays of a safetensors file by name."""
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    types = {"F32": numpy.float32, "F16": numpy.float16}
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        arrays[name] = numpy.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
    return arrays


def read_features(store, key, pictures):
    """Rows of one key for the pictures, in their order."""
    rows = {}
    for manifest in sorted(store.glob("shard-*.json")):
        shard = json.loads(manifest.read_text())
        if key in shard["features"]:
            tensor = read_tensors(manifest.with_suffix(".safetensors"))[key]
            rows.update(zip(shard["pictures"], tensor))
    return numpy.stack([rows[picture] for picture in pictures]).astype(numpy.float32)


def mean_and_error(values):
    values = numpy.asarray(values)
    return values.mean(), values.std(ddof=1) / numpy.sqrt(len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--taps", nargs="*", help="only these layers")
    parser.add_argument("--feature", help="only this feature")
    parser.add_argument("--tolerance", type=float, default=1e-6, help="scikit-learn's tol")
    arguments = parser.parse_args()

    record = json.loads((arguments.run / "run.json").read_text())
    store = pathlib.Path(record["configuration"]["store"] or arguments.run / "store")
    with open(arguments.run / "pictures.csv") as file:
        pictures = [row for row in csv.DictReader(file) if row["test"] == "0"]
    names = [row["sha256"] for row in pictures]
    classes = sorted({row["label"] for row in pictures})
    labels = numpy.array([classes.index(row["label"]) for row in pictures])
    folds = numpy.array([int(row["fold_0"]) for row in pictures])
    results = collections.defaultdict(list)
    with open(arguments.run / "results.csv") as file:
        for row in csv.DictReader(file):
            if row["repeat"] == "0":
                results[row["network"], row["tap"], row["feature"]].append(row)

    print(f"{'layer':<24}{'dims':>6}  {'strata':>14}  {'scikit-learn':>14}  {'same':>6}  "
          f"{'largest difference':>18}  {'strata s':>9}  {'sklearn s':>9}")
    totals = [0.0, 0.0]
    for cell in record["cells"]:
        if arguments.taps and cell["tap"] not in arguments.taps:
            continue
        if arguments.feature and cell["feature"] != arguments.feature:
            continue
        features = read_features(store, cell["features"], names)
        rows = results[cell["network"], cell["tap"], cell["feature"]]
        ours, theirs, chosen_ours, chosen_theirs = (collections.defaultdict(list) for _ in range(4))
        start = time.perf_counter()
        for fold in sorted(set(folds)):
            train, test = folds != fold, folds == fold
            scaler = StandardScaler().fit(features[train])
            z_train, z_test = scaler.transform(features[train]), scaler.transform(features[test])
            for row in (row for row in rows if int(row["fold"]) == fold):
                model = LogisticRegression(C=float(row["c"]), tol=arguments.tolerance, max_iter=100000)
                model.fit(z_train, labels[train])
                accuracy = (model.predict(z_test) == labels[test]).mean()
                ours[row["lambda"]].append(float(row["accuracy"]))
                theirs[row["lambda"]].append(accuracy)
                if row["chosen"] == "1":
                    chosen_ours[0].append(float(row["accuracy"]))
                    chosen_theirs[0].append(accuracy)
        seconds = time.perf_counter() - start
        mine, yours = mean_and_error(chosen_ours[0]), mean_and_error(chosen_theirs[0])
        largest = max(abs(numpy.mean(ours[k]) - numpy.mean(theirs[k])) for k in ours)
        totals[0] += cell["seconds"]
        totals[1] += seconds
        verdict = "yes" if abs(mine[0] - yours[0]) <= yours[1] else "NO"
        print(f"{cell['tap'] + ' ' + cell['feature']:<24}{features.shape[1]:>6}  "
              f"{100 * mine[0]:6.2f} ± {100 * mine[1]:4.2f}%  {100 * yours[0]:6.2f} ± {100 * yours[1]:4.2f}%  "
              f"{verdict:>6}  {100 * largest:>17.2f}%  {cell['seconds']:>9.1f}  {seconds:>9.1f}", flush=True)
    print(f"in all: strata {totals[0]:.1f} s with the choice of lambda inside each fold "
          f"({record['configuration']['probe']['folds']} times as many fits), scikit-learn {totals[1]:.1f} s")


if __name__ == "__main__":
    warnings.simplefilter("ignore", FutureWarning)
    main()
