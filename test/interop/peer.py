"""Our side in a process of its own, which a program of ours bundled for Node plays: miner/peer.ts, mixed/network.ts."""

import json
import os
import subprocess


class Peer:
    """Starts the process; `told` is what it says first."""

    def __init__(self, node, bundle, *arguments):
        # Of the environment only what Node needs: the Python settings of this process mean nothing to it.
        self.process = subprocess.Popen(
            [node, bundle, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ.get("PATH", ""), "HOME": os.environ["HOME"]},
        )
        self.told = self._read()

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
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _read(self):
        line = self.process.stdout.readline()
        assert line, "the peer ended"
        return json.loads(line)
