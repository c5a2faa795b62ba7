"""btauth/1 between SDK 11's http_auth and us, both ways, sr25519 and ed25519."""

import hashlib
import http.client
import json
import sys

import bittensor as bt
from bittensor.sp_core import CRYPTO_ED25519, CRYPTO_SR25519, Keypair

from checks import Checks, equal
from peer import Peer

peer = Peer(*sys.argv[1:3])
checks = Checks("btauth")

SCHEMES = {"sr25519": CRYPTO_SR25519, "ed25519": CRYPTO_ED25519}
TARGET = "/v1/tasks/echo?stream=false&q=%20x"
BODY = json.dumps({"text": "hé\u2028llo"}, ensure_ascii=False)


class Wallet:
    """What http_auth.sign wants: something with a hotkey."""

    def __init__(self, uri, crypto_type):
        self.hotkey = Keypair.create_from_uri(uri, crypto_type)
        self.coldkey = self.hotkey


def signed(scheme, receiver=None, nonce_ns=None):
    wallet = Wallet("//Alice", SCHEMES[scheme])
    return bt.http_auth.sign(
        wallet.hotkey,
        method="POST",
        path=TARGET,
        body=BODY.encode(),
        receiver_ss58=receiver or peer.told["hotkey"],
        nonce_ns=nonce_ns,
    )


def verdict(scheme, headers, body=BODY, target=TARGET):
    lowered = {name.lower(): value for name, value in headers.items()}
    return peer("btauth.verify", scheme=scheme, method="POST", target=target, body=body, headers=lowered)


for scheme, crypto_type in SCHEMES.items():
    alice = Keypair.create_from_uri("//Alice", crypto_type)

    @checks(f"{scheme}: what http_auth signs is accepted here")
    def _():
        equal(verdict(scheme, signed(scheme)), {"kind": "accepted", "hotkey": alice.ss58_address})

    @checks(f"{scheme}: another body, path, receiver or time is refused here")
    def _():
        codes = [
            verdict(scheme, signed(scheme), body=BODY + " ")["code"],
            verdict(scheme, signed(scheme), target="/v1/tasks/other")["code"],
            verdict(scheme, signed(scheme, receiver=alice.ss58_address))["code"],
            verdict(scheme, signed(scheme, nonce_ns=1_752_076_800_000_000_000))["code"],
        ]
        equal(codes, ["E_AUTH_SIGNATURE", "E_AUTH_SIGNATURE", "E_AUTH_RECEIVER", "E_AUTH_STALE"])

    @checks(f"{scheme}: what we sign is accepted by http_auth, once")
    def _():
        headers = peer(
            "btauth.sign", scheme=scheme, method="POST", target=TARGET, body=BODY, receiver=peer.told["hotkey"]
        )["headers"]
        store = bt.http_auth.InMemoryNonceStore()

        def verify():
            return bt.http_auth.verify(
                headers,
                BODY.encode(),
                method="POST",
                path=TARGET,
                self_hotkey_ss58=peer.told["hotkey"],
                nonce_store=store,
            )

        caller = verify()
        equal((caller.hotkey_ss58, caller.crypto_type), (alice.ss58_address, crypto_type))
        try:
            verify()
        except bt.http_auth.ReplayedRequest:
            pass
        else:
            raise AssertionError("http_auth took a request twice")


@checks("the scheme is the server's: a request in the other one is refused")
def _():
    equal(verdict("sr25519", signed("ed25519"))["code"], "E_AUTH_SIGNATURE")
    equal(verdict("ed25519", signed("sr25519"))["code"], "E_AUTH_SIGNATURE")


def post(body, path="/v1/tasks/echo", method="POST", receiver=None, more={}, connection=None, scheme="sr25519", **options):
    """A request signed by http_auth as //Alice; gives what was answered, and what the answer must be signed for."""
    alice = Keypair.create_from_uri("//Alice", SCHEMES[scheme])
    headers = bt.http_auth.sign(
        alice,
        method=method,
        path=path,
        body=body,
        receiver_ss58=receiver or peer.told["hotkey"],
    )
    connection = connection or http.client.HTTPConnection("127.0.0.1", peer.told["port"], timeout=10)
    connection.request(method, path, body=body, headers={**headers, "Content-Type": "application/json", **more}, **options)
    reply = connection.getresponse()
    nonce = {name.lower(): value for name, value in headers.items()}["x-bittensor-nonce"]
    lines = [nonce, alice.ss58_address, peer.told["hotkey"], path, hashlib.sha256(body).hexdigest()]
    return reply, reply.read(), lines


ALICE = Keypair.create_from_uri("//Alice", CRYPTO_SR25519)
HELLO = json.dumps({"text": "hello"}).encode()


def verdict_of(headers):
    """Status and code of HELLO with these very headers."""
    connection = http.client.HTTPConnection("127.0.0.1", peer.told["port"], timeout=10)
    connection.request("POST", "/v1/tasks/echo", body=HELLO, headers=headers)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read()).get("error", {}).get("code")


def is_signed(lines, signature):
    """Whether the miner signed these lines, by the SDK's own verification."""
    miner = Keypair(ss58_address=peer.told["hotkey"], crypto_type=CRYPTO_SR25519)
    return miner.verify("\n".join(lines).encode(), bytes.fromhex(signature.removeprefix("0x")))


@checks("the miner answers a request signed by http_auth")
def _():
    reply, read, _ = post(HELLO)
    equal((reply.status, json.loads(read)), (200, {"echoed": "hello"}))


@checks("the miner answers an ed25519 caller that it was told of, signs for it, and lets no request choose its scheme")
def _():
    reply, read, lines = post(HELLO, scheme="ed25519")
    equal((reply.status, json.loads(read)), (200, {"echoed": "hello"}))
    signed = ["subnetkit-response/2", *lines, "200", hashlib.sha256(read).hexdigest()]
    assert is_signed(signed, reply.headers["x-subnetkit-response-signature"])
    reply, read, _ = post(HELLO, scheme="ed25519", more={"X-Bittensor-Crypto": "sr25519"})
    equal((reply.status, json.loads(read)["error"]["code"]), (401, "E_AUTH_SIGNATURE"))


@checks("its answers and refusals are signed as described, for Python to verify")
def _():
    for body, status in ((HELLO, 200), (b"{", 400), (json.dumps({"text": "fail"}).encode(), 500)):
        reply, read, lines = post(body)
        equal(reply.status, status)
        signature = reply.headers["x-subnetkit-response-signature"]
        equal(reply.headers["x-subnetkit-response-version"], "2")
        equal(reply.headers["x-subnetkit-response-hotkey"], peer.told["hotkey"])
        signed = ["subnetkit-response/2", *lines, str(status), hashlib.sha256(read).hexdigest()]
        assert is_signed(signed, signature)
        assert not is_signed([*signed[:-1], hashlib.sha256(read + b" ").hexdigest()], signature)


@checks("a stream is signed as described, for Python to verify")
def _():
    for text, end in (("hello", ["200", "5"]), ("ab!", ["500", "2"])):
        body = json.dumps({"text": text}).encode()
        reply, read, lines = post(body, path="/v1/tasks/spelled", more={"Accept": "text/event-stream"})
        equal((reply.status, reply.headers["content-type"]), (200, "text/event-stream"))
        chunks, _, trailer = read.partition(b"event: trailer\ndata: ")
        said = json.loads(trailer)
        equal([str(said["status"]), str(said["count"])], end)
        equal(said["sha256"], hashlib.sha256(chunks).hexdigest())
        assert is_signed(["subnetkit-stream/2", *lines, *end, said["sha256"], said["code"]], said["signature"])


@checks("a query, any text, headers of proxies, one connection for many")
def _():
    connection = http.client.HTTPConnection("127.0.0.1", peer.told["port"], timeout=10)
    for text in ("hé\u2028", "\U0001fa77", "\ud800", "\0\x7f", ""):
        for ascii_only in (True, False):
            if text == "\ud800" and not ascii_only:
                continue
            body = json.dumps({"text": text}, ensure_ascii=ascii_only).encode()
            reply, read, _ = post(body, path="/v1/tasks/echo?a=%C3%A9&b=1+2", connection=connection)
            equal((reply.status, json.loads(read)), (200, {"echoed": text}))
    equal(post(HELLO, connection=connection, more={"X-Forwarded-For": "5.6.7.8", "Expect": "100-continue"})[0].status, 200)


@checks("what http_auth can sign and the miner must not take: for nobody, twice, in another method")
def _():
    reply, read, _ = post(HELLO, receiver=ALICE.ss58_address)
    equal((reply.status, json.loads(read)["error"]["code"]), (401, "E_AUTH_RECEIVER"))
    unbound = bt.http_auth.sign(ALICE, method="POST", path="/v1/tasks/echo", body=HELLO)
    equal(verdict_of(unbound), (401, "E_AUTH_RECEIVER"))
    once = bt.http_auth.sign(ALICE, method="POST", path="/v1/tasks/echo", body=HELLO, receiver_ss58=peer.told["hotkey"])
    equal([verdict_of(once)[0], verdict_of(once)], [200, (401, "E_AUTH_REPLAY")])
    other = bt.http_auth.sign(ALICE, method="GET", path="/v1/tasks/echo", body=HELLO, receiver_ss58=peer.told["hotkey"])
    equal(verdict_of(other), (401, "E_AUTH_SIGNATURE"))


peer.close()
checks.finish()
