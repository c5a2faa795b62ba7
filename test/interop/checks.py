"""Checks with one printed line each. Needs nothing but Python."""

import asyncio
import inspect
import sys
import time
import traceback


class Checks:
    """Runs named checks in order; a failed one is printed with its traceback and the rest go on."""

    def __init__(self, part):
        self.part = part
        self.passed = 0
        self.skipped = 0
        self.failed = []
        self.started = time.monotonic()

    def __call__(self, name):
        """Decorator: runs the function at once, awaiting it where it is a coroutine."""

        def run(function):
            started = time.monotonic()
            try:
                outcome = function()
                if inspect.iscoroutine(outcome):
                    asyncio.run(outcome)
            except Exception:  # a check may fail in any way; all of them are told
                self.failed.append(name)
                print(f"not ok {self.part}: {name}", flush=True)
                print("\n".join(f"    {line}" for line in traceback.format_exc().splitlines()), flush=True)
            else:
                self.passed += 1
                print(f"ok {self.part}: {name} ({time.monotonic() - started:.1f} s)", flush=True)
            return function

        return run

    def skip(self, name, reason):
        """Says that a check is not made, and why."""
        self.skipped += 1
        print(f"skipped {self.part}: {name}: {reason}", flush=True)

    def finish(self):
        """Prints the sum of the part and exits: 0 only where every check passed."""
        seconds = time.monotonic() - self.started
        print(f"# {self.part}: {self.passed} passed, {len(self.failed)} failed, {self.skipped} skipped, {seconds:.0f} s", flush=True)
        sys.exit(1 if self.failed else 0)


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"
