"""A real dendrite of SDK 10 asks our miner, and our validator asks a real axon of SDK 10. Epistula both ways, by a signer written from its description."""

import asyncio
import json
import socket
import sys
import time
import typing
import urllib.error
import urllib.request

from bittensor.utils import networking

# There is no network to ask for the address; any that is not the miner's own will do.
networking.get_external_ip = lambda: "127.0.0.9"

import bittensor
from bittensor.core.axon import Axon
from bittensor.core.chain_data import AxonInfo
from bittensor.core.dendrite import Dendrite
from bittensor.core.stream import StreamingSynapse
from bittensor.core.synapse import Synapse
from bittensor_wallet import Keypair

import epistula
import odd
from checks import Checks, equal
from peer import Peer

# The axon's own log of what it refuses.
bittensor.logging.setLevel("CRITICAL")
peer = Peer(*sys.argv[1:3])
checks = Checks("miner")
ALICE, BOB, CHARLIE = (Keypair.create_from_uri(f"//{name}") for name in ("Alice", "Bob", "Charlie"))


class Echo(Synapse):
    text: str
    echoed: typing.Optional[str] = None


class Hashed(Synapse):
    text: str
    count: int
    ratio: float
    flag: bool
    items: list
    table: dict
    nothing: typing.Optional[str] = None
    seen: typing.Optional[str] = None
    required_hash_fields: typing.ClassVar[tuple[str, ...]] = (
        "text", "count", "ratio", "flag", "items", "table", "nothing",
    )


class Spelled(StreamingSynapse):
    text: str
    spelled: str = ""

    async def process_streaming_response(self, response):
        async for chunk in response.content.iter_any():
            self.spelled += chunk.decode()
            yield chunk.decode()

    def extract_response_json(self, response):
        return {"name": "Spelled", "text": self.text, "spelled": self.spelled}


class Nowhere(Synapse):
    number: int = 1


HASHED = dict(
    text="it's \"quoted\" \u2028 \U0001f600",
    count=2**70,
    ratio=1e-07,
    flag=False,
    items=[1, 2.0, "x'y", None, True, [], {"k": 1e22}],
    table={"ключ": "значение", "n": {"a": [0.1]}},
)


def target(port=None, hotkey=None):
    return AxonInfo(
        version=1, ip="127.0.0.1", port=port or peer.told["port"], ip_type=4,
        hotkey=hotkey or peer.told["hotkey"], coldkey=BOB.ss58_address,
    )


def ask(synapse, timeout=5.0, keypair=ALICE, change=None, to=None):
    """One request of a fresh dendrite; `change` may alter it after it was signed."""

    async def run():
        async with Dendrite(wallet=keypair) as dendrite:
            if change is not None:
                prepare = dendrite.preprocess_synapse_for_request

                def changed(*args, **options):
                    return change(prepare(*args, **options)) or synapse

                dendrite.preprocess_synapse_for_request = changed
            return await dendrite.forward(to or target(), synapse, timeout=timeout, deserialize=False)

    return asyncio.run(run())


def failed(reply, status):
    equal((reply.is_success, reply.dendrite.status_code), (False, status))
    return reply


@checks("a dendrite is answered, and calls it a success")
def _():
    reply = ask(Echo(text="hello"))
    equal((reply.is_success, reply.echoed, reply.axon.status_message), (True, "hello", "Success"))
    equal((reply.axon.hotkey, reply.text), (peer.told["hotkey"], "hello"))
    assert float(reply.axon.process_time) >= 0 and float(reply.dendrite.process_time) > 0


@checks("a body hash over values of every kind is the same in both")
def _():
    reply = ask(Hashed(**HASHED))
    equal((reply.is_success, reply.seen), (True, HASHED["text"]))
    equal({name: getattr(reply, name) for name in HASHED}, HASHED)


@checks("the axon's own signature in the headers is as SDK 10 makes it")
def _():
    axon = ask(Echo(text="hello")).axon
    message = f"{axon.nonce}.{ALICE.ss58_address}.{axon.hotkey}.{axon.uuid}"
    assert BOB.verify(message, axon.signature)


@checks("the ping that every axon answers")
def _():
    assert ask(Synapse()).is_success


@checks("one dendrite asks many times, at once and one after the other")
def _():
    async def run():
        async with Dendrite(wallet=ALICE) as dendrite:
            calls = [dendrite.forward(target(), Echo(text=str(i)), deserialize=False) for i in range(20)]
            replies = await asyncio.gather(*calls)
            replies += [await dendrite.forward(target(), Echo(text=str(i)), deserialize=False) for i in range(20, 25)]
            return [(reply.is_success, reply.echoed) for reply in replies]

    equal(asyncio.run(run()), [(True, str(i)) for i in range(25)])


@checks("a solver that fails is a 500, as an axon's forward that raises")
def _():
    failed(ask(Echo(text="fail")), 500)


@checks("a time-out is one for the dendrite, whoever notices it first")
def _():
    # Below the task's limit the dendrite's own clock ends it, above it the miner's.
    for timeout in (1.0, 10.0):
        assert failed(ask(Echo(text="dawdle"), timeout=timeout), 408).is_timeout


@checks("a body changed on the way fails verification where its fields are hashed")
def _():
    def tamper(synapse):
        synapse.text = "changed"
        # The dendrite hashes again when it writes the headers: what an attacker on the way could not do is put the old hash back.
        return synapse

    signed = Hashed(**HASHED)
    original = signed.body_hash
    Tampered = type("Hashed", (Hashed,), {"body_hash": property(lambda _: original), "__module__": __name__})
    reply = failed(ask(Tampered(**HASHED), change=tamper), 401)
    assert reply.failed_verification
    # And with the hash of the changed body the signature no longer fits.
    assert failed(ask(Hashed(**HASHED), change=tamper), 401).failed_verification


@checks("a synapse the miner does not have is a 404 with a message")
def _():
    assert failed(ask(Nowhere()), 404).dendrite.status_message


@checks("a request that does not fit the task is a 400")
def _():
    assert failed(ask(Echo(text="x" * 2_000)), 400).dendrite.status_message


@checks("strangers and neurons without a permit are blacklisted")
def _():
    for uri in ("//Charlie", "//Nobody"):
        reply = failed(ask(Echo(text="hello"), keypair=Keypair.create_from_uri(uri)), 403)
        assert reply.is_blacklist and reply.dendrite.status_message


@checks("unsigned, for another axon, an hour early, an hour old with version 7001999, with a time-out of a day: 401")
def _():
    hour = 3_600 * 10**9

    def signed_at(synapse, nonce):
        terminal = synapse.dendrite
        terminal.nonce = nonce
        text = f"{nonce}.{terminal.hotkey}.{synapse.axon.hotkey}.{terminal.uuid}.{synapse.body_hash}"
        terminal.signature = f"0x{ALICE.sign(text).hex()}"
        return synapse

    def unsigned(synapse):
        synapse.dendrite.signature = None
        return synapse

    def old_version(synapse):
        synapse.dendrite.version = 7_001_999
        return signed_at(synapse, time.time_ns() - hour)

    def patient(synapse):
        synapse.timeout = 99_999.0
        return signed_at(synapse, time.time_ns() - hour)

    for change in (unsigned, old_version, patient, lambda s: signed_at(s, time.time_ns() + hour)):
        assert failed(ask(Echo(text="hello"), change=change), 401).failed_verification
    assert failed(ask(Echo(text="hello"), to=target(hotkey=CHARLIE.ss58_address)), 401).failed_verification


def stream(synapse):
    """What came of a streaming synapse: its chunks, and the synapse at the end."""

    async def run():
        async with Dendrite(wallet=ALICE) as dendrite:
            return [chunk async for chunk in dendrite.call_stream(target(), synapse, deserialize=False)]

    *chunks, reply = asyncio.run(run())
    return "".join(chunks), reply


@checks("a streaming synapse gets its chunks, and a success")
def _():
    text, reply = stream(Spelled(text="hello"))
    equal(text, "hello")
    equal((reply.is_success, reply.spelled, reply.axon.status_code), (True, "hello", 200))


@checks("a stream that breaks off is no success, whatever came of it, and one that never begins has its status")
def _():
    text, reply = stream(Spelled(text="ab!cd"))
    equal((text, reply.is_success), ("ab", False))
    assert reply.dendrite.status_code != 200, reply.dendrite
    failed(stream(Spelled(text="!"))[1], 500)


# The other way: our validator, and a real axon.


class Wallet:
    hotkey = BOB
    coldkeypub = BOB


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_axon():
    port = free_port()
    axon = Axon(wallet=Wallet(), port=port, ip="127.0.0.1", external_ip="127.0.0.1", external_port=port)

    def echo(synapse: Echo) -> Echo:
        if synapse.text == "fail":
            raise RuntimeError("as told")
        if synapse.text == "dawdle":
            time.sleep(4)
        synapse.echoed = synapse.text
        return synapse

    def hashed(synapse: Hashed) -> Hashed:
        synapse.seen = synapse.text
        return synapse

    def blacklist(synapse: Hashed) -> typing.Tuple[bool, str]:
        return synapse.dendrite.hotkey != ALICE.ss58_address, "not //Alice"

    def spelled(synapse: Spelled) -> StreamingSynapse.BTStreamingResponse:
        async def letters(send):
            for letter in synapse.text:
                await send({"type": "http.response.body", "body": letter.encode(), "more_body": True})

        return synapse.create_streaming_response(letters)

    axon.attach(echo).attach(hashed, blacklist_fn=blacklist).attach(spelled)
    axon.fast_config.host = "127.0.0.1"
    axon.start()
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return axon, port
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the axon does not listen")


axon, axon_port = start_axon()


def validator_asks(task, request, accept=True, uri="//Alice"):
    return peer(
        "ask",
        task=task,
        request=json.dumps(request),
        hotkey=BOB.ss58_address,
        port=axon_port,
        acceptUnsigned=accept,
        uri=uri,
    )


@checks("our validator finds out that an axon speaks SDK 10, within one round, and remembers")
def _():
    first = validator_asks("echo", {"text": "hello"})
    equal((first["outcome"]["kind"], first["outcome"]["body"]), ("answered", {"echoed": "hello"}))
    equal(first["tried"], ["btauth", "axon"])
    equal(validator_asks("echo", {"text": "again"})["tried"], ["axon"])


@checks("an axon verifies the body hash of what our validator sends, whatever the values")
def _():
    reply = validator_asks("hashed", HASHED)
    equal(reply["outcome"].get("body"), {"seen": HASHED["text"]})


@checks("answers that an axon did not sign count only where the validator is told so")
def _():
    outcome = validator_asks("echo", {"text": "hello"}, accept=False)["outcome"]
    equal((outcome["kind"], outcome["reason"]), ("malformed", "unsigned"))


@checks("an axon whose forward raises is a refusal with its status")
def _():
    outcome = validator_asks("echo", {"text": "fail"})["outcome"]
    equal((outcome["kind"], outcome["status"]), ("refused", 500))


@checks("our validator reads what an axon streams")
def _():
    outcome = validator_asks("spelled", {"text": "héllo"})["outcome"]
    equal((outcome["kind"], outcome.get("body")), ("answered", {"spelled": "héllo"}))


@checks("an axon that is slow, one that does not want us, and one that is not there")
def _():
    slow = validator_asks("echo", {"text": "dawdle"})["outcome"]
    equal((slow["kind"], slow["latencyMs"] < 3_500), ("late", True))
    unwanted = validator_asks("hashed", HASHED, uri="//Charlie")["outcome"]
    equal((unwanted["kind"], unwanted["status"], unwanted["reason"]), ("refused", 403, "forbidden"))
    gone = peer(
        "ask", task="echo", request='{"text": "x"}', hotkey=CHARLIE.ss58_address, port=free_port(), acceptUnsigned=True
    )
    equal(gone["outcome"], {"kind": "unreachable", "reason": "connect"})


odd.add(checks, peer, ask, target, (Echo, Hashed), ALICE, axon_port)


# Epistula.


def post(path, body, headers):
    request = urllib.request.Request(
        f"http://127.0.0.1:{peer.told['port']}{path}", data=body, headers={"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@checks("Epistula signed in Python is answered, once and for this body only")
def _():
    body = json.dumps({"text": "hello"}).encode()
    headers = epistula.sign(ALICE, body, peer.told["hotkey"])
    equal(post("/v1/tasks/echo", body, headers), (200, {"echoed": "hello"}))
    equal(post("/v1/tasks/echo", body, headers)[0], 401)
    equal(post("/v1/tasks/echo", body + b" ", epistula.sign(ALICE, body, peer.told["hotkey"]))[0], 401)
    equal(post("/v1/tasks/echo", body, epistula.sign(ALICE, body, CHARLIE.ss58_address))[0], 401)
    lowered = {name.lower(): value for name, value in epistula.sign(ALICE, body, peer.told["hotkey"]).items()}
    equal(peer("epistula.verify", body=body.decode(), headers=lowered)["kind"], "accepted")


@checks("Epistula that we sign is verified in Python")
def _():
    body = '{"text": "hé"}'
    headers = peer("epistula.sign", body=body, receiver=BOB.ss58_address)["headers"]
    by = lambda address: Keypair(ss58_address=address)  # noqa: E731
    equal(epistula.verify(by, headers, body.encode(), BOB.ss58_address), ALICE.ss58_address)
    equal(epistula.verify(by, headers, b"{}", BOB.ss58_address), None)


axon.stop()
peer.close()
checks.finish()
