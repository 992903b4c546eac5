"""Golden values of multinomial logistic regression by scikit-learn, in float64.

Features and folds are the formulas of tests/probes/solver_test.cpp. Writes logistic.json.
"""

import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression

ROWS = 90


def features(columns):
    i = np.arange(ROWS, dtype=np.int64)[:, None]
    j = np.arange(columns, dtype=np.int64)[None, :]
    label = (i % 3).astype(float)
    wave = np.sin(0.7 * (i * i % 97) + 1.3 * j + 0.01 * (i * j))
    x = (1.0 + 0.5 * j) * (wave + 0.4 * label * np.cos(j.astype(float)))
    return x.astype(np.float32).astype(float)


def main():
    labels = np.arange(ROWS) % 3
    folds = (np.arange(ROWS) // 3) % 5
    rows = []
    for columns in (3, 8, 40):
        x = features(columns)
        for lam in (1.0, 1e-2, 1e-4):
            for fold in (0, 3):
                train, test = folds != fold, folds == fold
                mean, deviation = x[train].mean(0), x[train].std(0)
                z = (x - mean) / deviation
                n = train.sum()
                model = LogisticRegression(C=1 / (n * lam), tol=1e-12, max_iter=200000)
                model.fit(z[train], labels[train])
                w = model.coef_
                log_p = model.predict_log_proba(z)
                nll = -log_p[np.arange(ROWS), labels]
                rows.append({
                    "columns": columns, "lambda": lam, "fold": fold,
                    "objective": nll[train].mean() + lam / 2 * (w**2).sum(),
                    "test_nll": nll[test].mean(),
                    "predictions": model.predict(z[test]).tolist(),
                })
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
