"""The task of subnet.ts as SDK 10 writes it, for a validator and for axons."""

import random
import typing

from bittensor.core.synapse import Synapse

NUMBERS = 8


class Squares(Synapse):
    numbers: list
    squares: typing.Optional[list] = None
    required_hash_fields: typing.ClassVar[tuple[str, ...]] = ("numbers",)


def challenge():
    """Numbers to square."""
    return [random.randint(1, 999) for _ in range(NUMBERS)]


def score(numbers, squares):
    """The part that is right, 0 for no answer."""
    if squares is None or len(squares) != len(numbers):
        return 0.0
    return sum(square == number * number for number, square in zip(numbers, squares)) / len(numbers)
