"""Requests that are unusual and right: what real validators send, on the way through what real networks put in between. A real axon is asked the same where it can be."""

import gzip
import http.client
import json
import time
import unicodedata

from bittensor.core.dendrite import Dendrite

import values
from checks import equal

BASE = dict(text="x", count=1, ratio=0.5, flag=True, items=[], table={})
HEART, GOBLIN, ICE = "\U0001fa77", "\U0001f9cc", "\U0001fadf"

# Fields of a synapse all of whose fields are hashed.
FINE = {
    "a character that is new in Unicode 14, 15, 15.1 and 16": dict(items=[GOBLIN, HEART, "\u31ef", ICE], table={HEART: 1}),
    "the same in a string on its own": dict(text=GOBLIN + HEART + "\u31ef" + ICE),
    "minus zero": dict(ratio=-0.0),
    "1e-07": dict(ratio=1e-07, items=[1e-07, [1e-07]]),
    "the smallest and the largest float": dict(ratio=5e-324, items=[1.7976931348623157e308]),
    "floats around the exponents": dict(items=[0.0001, 0.00001, 1e15, 1e16, 1e21, 1e22, 9007199254740993.0]),
    "an integer beyond 2^53": dict(count=2**53 + 1, items=[2**63, -(2**64), 10**30]),
    "an integer in a float field": dict(ratio=2),
    "a boolean in an integer field": dict(count=True),
    "a lone surrogate in a list": dict(items=["\ud800", "a\udfffb"]),
    "zeros, controls, soft hyphens": dict(text="\0\x1b", items=["\0\x7f\x80\xad\ufeff\u200b\u2028"]),
    "quotes and backslashes": dict(items=["it's \"both\"", "'", '"', "\\", "\\'", "\n\t\r\x0b"]),
    "keys that are numbers, and their order": dict(table={"2": 1, "1": 2, "b": 3, "0": 4}),
    "keys that mean something in JavaScript": dict(table={"__proto__": {"a": 1}, "constructor": 1, "toString": None}),
    "long names and texts": dict(text="n" * 1_000, table={"k" * 5_000: "v" * 5_000}),
    "nothing at all": dict(text="", items=[], table={}, nothing=None),
    "empty things in each other": dict(items=[[], {}, [[]], [{}], ""]),
    "thirty lists in each other": dict(items=json.loads("[" * 30 + "]" * 30)),
}
# What SDK 10's own axon has no success for either: they are no JSON, or something else once they are.
WRONG = {
    "NaN": dict(ratio=float("nan")),
    "infinity": dict(ratio=float("inf")),
    "a tuple in a list": dict(items=[(1, 2)]),
    "keys that are no text": dict(table={1: 2, None: 3}),
    "bytes": dict(items=[b"x"]),
}


def add(checks, peer, ask, target, classes, alice, axon_port):
    """`ask` is one request of a real dendrite; `classes` are the synapses of both axons."""
    Echo, Hashed = classes

    def verifies(field, port=None):
        return ask(Hashed(**{**BASE, **field}), to=target(port=port)).is_success

    @checks("whatever the fields, our miner verifies the body hash, and not what SDK 10's own axon does not")
    def _():
        equal([name for name, field in FINE.items() if not verifies(field)], [])
        equal([name for name, field in WRONG.items() if verifies(field) or verifies(field, axon_port)], [])
        drawn = [dict(items=[value]) for value in values.nested(time.time_ns(), 30)]
        # SDK 10's axon cannot send lone surrogates back.
        equal([field for field in drawn if verifies(field, axon_port) and not verifies(field)], [])

    @checks("Python's text of 3,000 drawn values")
    def _():
        drawn = list(values.nested(time.time_ns(), 3_000))
        # Two lone surrogates may make a pair once they are JSON.
        drawn = [value for value in drawn if json.loads(json.dumps(value)) == value]
        told = peer("python.text", values=[json.dumps(value) for value in drawn], unicode=unicodedata.unidata_version)
        wrong = [(value, text) for value, text in zip(drawn, told["texts"]) if str(value) != text]
        equal((wrong[:3], len(drawn) > 2_500), ([], True))

    @checks("whatever time-out a dendrite has, none included")
    def _():
        for timeout in (0.0, 0.5, 12, 999_999, 1e6, 1e9, 1e16):
            reply = ask(Echo(text=str(timeout)), timeout=timeout)
            assert reply.is_success, (timeout, reply.dendrite.status_message)

    @checks("a clock that is 15 s late or 1.5 s early; 4 s early is refused, and says why")
    def _():
        def shifted(seconds):
            def change(synapse):
                terminal = synapse.dendrite
                terminal.nonce = time.time_ns() + int(seconds * 1e9)
                text = f"{terminal.nonce}.{terminal.hotkey}.{synapse.axon.hotkey}.{terminal.uuid}.{synapse.body_hash}"
                terminal.signature = f"0x{alice.sign(text).hex()}"
                return synapse

            return ask(Echo(text="x"), timeout=12.0, change=change)

        equal([shifted(seconds).is_success for seconds in (-15, -4, 1.5)], [True, True, True])
        early = shifted(4)
        equal((early.dendrite.status_code, "fresh" in early.dendrite.status_message), (401, True))

    # The very headers and body of a dendrite, over a connection of our own.

    def signed(synapse):
        dendrite = Dendrite(wallet=alice)
        made = dendrite.preprocess_synapse_for_request(target(), synapse, 12.0)
        return made.to_headers(), json.dumps(made.model_dump()).encode()

    def connect():
        return http.client.HTTPConnection("127.0.0.1", peer.told["port"], timeout=5)

    def exchange(connection, headers, body, method="POST", path="/Echo", **options):
        connection.request(method, path, body=body, headers=headers, **options)
        reply = connection.getresponse()
        return reply.status, reply.read()

    def answered(headers, body, **options):
        status, read = exchange(connect(), headers, body, **options)
        equal((status, json.loads(read).get("echoed")), (200, "hello"))

    @checks("a body in chunks, names of headers in another case, headers of proxies, a query behind the path")
    def _():
        headers, body = signed(Echo(text="hello"))
        answered(headers, (body[i : i + 100] for i in range(0, len(body), 100)), encode_chunked=True)
        headers, body = signed(Echo(text="hello"))
        answered({name.title(): value for name, value in headers.items()}, body)
        headers, body = signed(Echo(text="hello"))
        proxy = {"X-Forwarded-For": "10.0.0.1, 5.6.7.8", "Forwarded": "for=10.0.0.1", "Via": "1.1 x", "Cookie": "a=b", "Authorization": "Bearer x"}
        answered({**headers, **proxy, "Content-Type": "text/plain; charset=latin-1"}, body)
        headers, body = signed(Echo(text="hello"))
        answered(headers, body, path="/Echo?a=b")
        headers, body = signed(Echo(text="hello"))
        answered(headers, b"\n " + body.replace(b": ", b":\t") + b"\r\n")

    @checks("one connection for many requests, whatever is wrong with some of them")
    def _():
        connection = connect()
        for _ in range(3):
            headers, body = signed(Echo(text="hello"))
            equal(exchange(connection, headers, body)[0], 200)
            equal(exchange(connection, headers, body)[0], 401)
            headers, body = signed(Echo(text="hello"))
            equal(exchange(connection, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body))[0], 400)
            for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
                equal(exchange(connection, headers, None, method=method)[0], 404)
            equal(exchange(connection, {}, None, method="GET")[0], 401)

    @checks("headers sent twice, a body that is empty or no object, names and headers that are too long")
    def _():
        for name in ("bt_header_dendrite_signature", "bt_header_dendrite_nonce", "computed_body_hash"):
            headers, body = signed(Echo(text="hello"))
            connection = connect()
            connection.putrequest("POST", "/Echo")
            for pair in [*headers.items(), (name, headers[name]), ("Content-Length", str(len(body)))]:
                connection.putheader(*pair)
            connection.endheaders(body)
            equal(connection.getresponse().status, 401)
        for body in (b"", b"[]", b'"text"', b"{", b"\xff\xfe{}", b"null"):
            equal(exchange(connect(), signed(Echo(text="hello"))[0], body)[0], 400)
        headers, body = signed(Echo(text="hello"))
        equal(exchange(connect(), headers, body, path="/" + "E" * 64)[0], 404)
        equal(exchange(connect(), {**headers, "X-Long": "x" * 9_000}, body)[0], 431)
