"""Our side of the wire in a process of its own: see peer.ts."""

import json
import os
import subprocess


class Peer:
    """Starts the process; `port` and `hotkey` are those of the miner in it."""

    def __init__(self, node, bundle):
        # Of the environment only what Node needs: the Python settings of this process mean nothing to it.
        self.process = subprocess.Popen(
            [node, bundle],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ.get("PATH", ""), "HOME": os.environ["HOME"]},
        )
        started = self._read()
        self.port = started["port"]
        self.hotkey = started["hotkey"]

    def __call__(self, command, **fields):
        """One command, one answer."""
        self.process.stdin.write(json.dumps({"command": command, "input": fields}) + "\n")
        self.process.stdin.flush()
        answer = self._read()
        assert "failed" not in answer, answer
        return answer

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _read(self):
        line = self.process.stdout.readline()
        assert line, "the peer ended"
        return json.loads(line)
