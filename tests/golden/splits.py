"""Golden values for the splits of split_test.cpp: folds and holdout of twelve rows, seed 42.

    python3 tests/golden/splits.py

prints the two vectors, from an implementation of its own in exact fractions.
"""

from fractions import Fraction

MASK = (1 << 64) - 1
LABELS = [0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2]
GROUPS = ["a", "a", "", "b", "", "", "c", "c", "d", "", "", ""]


def draws(seed, stream):
    """xoshiro256** seeded by SplitMix64 of the seed and the stream's FNV-1a hash."""
    h = 0xCBF29CE484222325
    for byte in stream.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    x, s = seed ^ h, []
    for _ in range(4):
        x = (x + 0x9E3779B97F4A7C15) & MASK
        z = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        s.append(z ^ (z >> 31))
    turn = lambda v, k: ((v << k) | (v >> (64 - k))) & MASK
    while True:
        yield turn(s[1] * 5 & MASK, 7) * 9 & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = turn(s[3], 45)


def below(source, n):
    while True:
        draw = next(source)
        if draw < MASK - MASK % n:
            return draw % n


def shuffled(n, seed, stream):
    source, order = draws(seed, stream), list(range(n))
    for i in range(n, 1, -1):
        j = below(source, i)
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def gather():
    """Lists of rows that stay together, in order of their first rows."""
    groups = {}
    for row, group in enumerate(GROUPS):
        groups.setdefault(group or row, []).append(row)
    return list(groups.values())


def of_class(rows, k):
    return sum(LABELS[row] == k for row in rows)


def folds(count, seed):
    groups = gather()
    parts = [[] for _ in range(count)]
    order = sorted(shuffled(len(groups), seed, "folds"), key=lambda g: -len(groups[g]))
    for g in order:

        def cost(part):
            imbalance = sum(
                Fraction(of_class(groups[g], k) * of_class(part, k), LABELS.count(k))
                for k in set(LABELS)
            )
            return imbalance, len(part)

        min(parts, key=cost).extend(groups[g])
    return [next(f for f in range(count) if row in parts[f]) for row in range(len(LABELS))]


def holdout(fraction, seed):
    groups, test = gather(), []
    wanted = {
        k: min(max(int(fraction * LABELS.count(k) + Fraction(1, 2)), 1), LABELS.count(k) - 1)
        for k in set(LABELS)
    }
    distance = lambda rows: sum(
        Fraction((wanted[k] - of_class(rows, k)) ** 2, LABELS.count(k)) for k in wanted
    )
    for g in shuffled(len(groups), seed, "holdout"):
        if distance(test + groups[g]) < distance(test):
            test += groups[g]
    assert all(0 < of_class(test, k) < LABELS.count(k) for k in wanted), "would need mending"
    return [row in test for row in range(len(LABELS))]


print("folds  ", folds(2, 42))
print("holdout", holdout(Fraction(3, 10), 42))
