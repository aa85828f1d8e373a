"""What the JavaScript of recipes and playground draws, in Python."""

import math


def javascript_normals(count, state):
    """The recipe's generator in Python: mulberry32 and Box-Muller."""

    def imul(a, b):
        return (a * b) & 0xFFFFFFFF

    def uniform():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = imul(state ^ (state >> 15), 1 | state)
        t = ((t + imul(t ^ (t >> 7), 61 | t)) & 0xFFFFFFFF) ^ t
        return (t ^ (t >> 14)) / 4294967296

    return [
        math.sqrt(-2 * math.log(1 - uniform())) * math.cos(2 * math.pi * uniform())
        for _ in range(count)
    ]
