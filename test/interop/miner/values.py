"""Values of every kind that JSON has, drawn by a seed: odd floats, long integers, strings of all planes with quotes, escapes and lone surrogates, dicts in any order."""

import random
import struct

PIECES = ["'", '"', "\\", "\n", "\r", "\t", "\0", "\x7f", "\x80", "\xa0", "\xad", "\u2028", "\ufeff", "\ud800", "\udfff", "é", "ключ", "\U0001f600", "\U000e0001"]
FLOATS = [0.0, -0.0, 0.1, 1e-05, 0.0001, 9007199254740993.0, 1e15, 9999999999999998.0, 1e16, 1e21, 1e22, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]
KEYS = ["", "2", "10", "1", "__proto__", "constructor", "toString", "k'", 'k"', "\U0001fa77"]


def number(draw):
    kind = draw.randrange(5)
    if kind == 0:
        return draw.choice(FLOATS) * draw.choice([1, -1])
    if kind == 1:
        value = struct.unpack("<d", draw.randbytes(8))[0]
        return value if value - value == 0 else 0.5
    if kind == 2:
        return draw.uniform(-1, 1) * 10 ** draw.randint(-20, 20)
    return draw.randint(-(10 ** draw.randint(0, 40)), 10 ** draw.randint(0, 40))


def text(draw):
    def piece():
        kind = draw.randrange(4)
        if kind == 0:
            return draw.choice(PIECES)
        # All of Unicode, and its first two planes more often: nearly everything that has a meaning is there.
        return chr(draw.randrange([0x80, 0x3000, 0x20000, 0x110000][kind] if kind else 0x80))

    return "".join(piece() for _ in range(draw.randrange(9)))


def value(draw, depth=3):
    kind = draw.randrange(8 if depth > 0 else 6)
    if kind < 2:
        return number(draw)
    if kind < 5:
        return text(draw)
    if kind == 5:
        return draw.choice([None, True, False])
    if kind == 6:
        return [value(draw, depth - 1) for _ in range(draw.randrange(5))]
    return {draw.choice([draw.choice(KEYS), text(draw)]): value(draw, depth - 1) for _ in range(draw.randrange(6))}


def nested(seed, count):
    """So many lists and dicts."""
    draw = random.Random(seed)
    for _ in range(count):
        items = [value(draw) for _ in range(draw.randrange(1, 5))]
        yield draw.choice([items, {text(draw): item for item in items}])
