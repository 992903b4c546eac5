"""Counts the evaluations torch.optim.LBFGS needs (strong Wolfe, history 10, lr 1, float64).

Writes lbfgs.json: for each function and start, given by formulas that lbfgs_test.cpp repeats, the
number of evaluations until one of them shows an infinity norm of the gradient at or below each of
the norms (null: not within the cap). Only functions with a minimum of zero are taken, and torch's
own stopping rules are switched off.

Usage: python3 lbfgs.py
"""
import json
import pathlib

import numpy as np
import torch

CAP = 5000
STARTS = [(-1.2, 1), (0, 0), (2, -2), (-3, -4), (-1.5, 2.5), (3, 3), (1.3, 4), (-2, 2), (10, 10)]
STARTS += [(-1, -1), (0.5, -1.5)]


def quadratic(n, condition, spectrum, start):
    """f = 1/2 sum_i a_i (x_i - cos i)^2"""
    share = np.arange(n) / (n - 1)
    if spectrum == "log":
        a = condition**share
    elif spectrum == "linear":
        a = 1 + (condition - 1) * share
    else:  # "inverse": most eigenvalues near the smallest
        a = 1 / (1 + (1 / condition - 1) * share)
    i = np.arange(1, n + 1)
    b = np.cos(i)
    x = b + 3 * np.sin(i * (1.7 + 0.4 * start)) + (5 if start == 1 else 0)
    return (lambda x: (0.5 * (a * (x - b) ** 2).sum(), a * (x - b))), x


def rosenbrock(n, start, spread):
    """f = sum over pairs (u, v) of 100 (v - u^2)^2 + (1 - u)^2"""

    def f(x):
        u, v = x[::2], x[1::2]
        r, q = v - u * u, 1 - u
        g = np.empty_like(x)
        g[::2], g[1::2] = -400 * u * r - 2 * q, 200 * r
        return (100 * r * r + q * q).sum(), g

    return f, np.tile(start, n // 2) + spread * np.sin(np.arange(1, n + 1))


def torch_evaluations(f, x0, norms):
    class Done(Exception):
        pass

    found, evaluations = [None] * len(norms), 0
    x = torch.tensor(x0, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [x],
        lr=1,
        max_iter=10**6,
        max_eval=10**6,
        tolerance_grad=0,
        tolerance_change=0,
        history_size=10,
        line_search_fn="strong_wolfe",
    )

    def closure():
        nonlocal evaluations
        loss, g = f(x.detach().numpy())
        evaluations += 1
        for i, norm in enumerate(norms):
            if found[i] is None and np.abs(g).max() <= norm:
                found[i] = evaluations
        if evaluations >= CAP or None not in found:
            raise Done
        x.grad = torch.from_numpy(g)
        return torch.tensor(loss)

    try:
        optimizer.step(closure)
    except Done:
        pass
    return found


def main():
    torch.set_num_threads(1)
    cases = []
    for n in (10, 100, 1000, 3000):
        for spectrum in ("log", "linear", "inverse"):
            for condition in (2, 1e2, 1e4, 1e6):
                for start in (0, 1):
                    if n == 3000 and condition == 1e6:
                        continue
                    f, x0 = quadratic(n, condition, spectrum, start)
                    norms = [float(np.abs(f(x0)[1]).max() * t) for t in (1e-2, 1e-4, 1e-7)]
                    case = {"function": "quadratic", "n": n, "spectrum": spectrum}
                    case |= {"condition": condition, "start": start, "norms": norms}
                    cases.append(case | {"torch": torch_evaluations(f, x0, norms)})
    for n, spread in ((2, 0), (10, 0), (100, 0), (3000, 0), (4, 0.3), (100, 0.3), (1000, 0.3)):
        for start in STARTS:
            f, x0 = rosenbrock(n, start, spread)
            norms = [1e-3, 1e-6, 1e-9]
            case = {"function": "rosenbrock", "n": n, "start": start, "spread": spread}
            case |= {"norms": norms, "torch": torch_evaluations(f, x0, norms)}
            cases.append(case)
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"torch": "{torch.__version__}", "cap": {CAP}, "cases": [\n{lines}\n]}}\n'
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
