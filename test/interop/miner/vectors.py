"""Writes test/vectors/axon-request.json and epistula-request.json: requests of a real dendrite of SDK 10 and of epistula.py, as they come over the wire;
and python-repr.json: what Python's str() makes of drawn values.

Run by hand with the environment of npm run test:interop:  PYTHONPATH=test/interop python test/interop/miner/vectors.py test/vectors
"""

import asyncio
import json
import os
import sys
import threading
import typing
import unicodedata
from http.server import BaseHTTPRequestHandler, HTTPServer

from bittensor.utils import networking

networking.get_external_ip = lambda: "127.0.0.9"

from bittensor.core.chain_data import AxonInfo
from bittensor.core.dendrite import Dendrite
from bittensor.core.synapse import Synapse
from bittensor_wallet import Keypair

import epistula
import values

ALICE, BOB = Keypair.create_from_uri("//Alice"), Keypair.create_from_uri("//Bob")
captured = []


class Plain(Synapse):
    text: str


class Hashed(Synapse):
    text: str
    count: int
    ratio: float
    flag: bool
    items: list
    table: dict
    nothing: typing.Optional[str] = None
    required_hash_fields: typing.ClassVar[tuple[str, ...]] = (
        "text", "count", "ratio", "flag", "items", "table", "nothing",
    )


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = [[name, value] for name, value in self.headers.items()]
        captured.append({"path": self.path, "headers": headers, "body": body})
        self.send_response(404)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def capture(synapse):
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    info = AxonInfo(
        version=1, ip="127.0.0.1", port=server.server_port, ip_type=4,
        hotkey=BOB.ss58_address, coldkey=BOB.ss58_address,
    )

    async def run():
        async with Dendrite(wallet=ALICE) as dendrite:
            await dendrite.forward(info, synapse, timeout=7.5)

    asyncio.run(run())
    server.shutdown()
    kept = captured.pop()
    own = {"host", "accept", "accept-encoding", "user-agent", "content-length", "content-type"}
    headers = [[name, value] for name, value in kept["headers"] if name.lower() not in own]
    required = [name for name in synapse.get_required_fields()]
    return {**kept, "headers": headers, "hashFields": list(synapse.required_hash_fields), "requiredFields": required}


requests = [
    capture(Plain(text="hello")),
    capture(
        Hashed(
            text="it's \"quoted\" \u2028 \U0001f600",
            count=2**70,
            ratio=1e-07,
            flag=False,
            items=[1, 2.0, "x'y", None, True, [], {"k": 1e22}],
            table={"ключ": "значение", "n": {"a": [0.1]}},
        )
    ),
]
body = json.dumps({"text": "hé"}, ensure_ascii=False)
signed = epistula.sign(ALICE, body.encode(), BOB.ss58_address)

folder = sys.argv[1]
for name, content in {
    "axon-request": {
        "what": "Requests of bittensor 10.5.0's dendrite, //Alice to //Bob, as received. Made by test/interop/miner/vectors.py.",
        "requests": requests,
    },
    "epistula-request": {
        "what": "A request of test/interop/miner/epistula.py, //Alice to //Bob. Made by test/interop/miner/vectors.py.",
        "requests": [{"headers": {k.lower(): v for k, v in signed.items()}, "body": body}],
    },
    "python-repr": {
        "what": "Lists and dicts drawn by values.py: their JSON as a dendrite writes it, and what Python's str() makes of them. Made by test/interop/miner/vectors.py.",
        "unicode": unicodedata.unidata_version,
        "values": [
            [json.dumps(value), str(value)]
            for value in values.nested(seed=5, count=200)
        ],
    },
}.items():
    with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, ensure_ascii=True)
        file.write("\n")
