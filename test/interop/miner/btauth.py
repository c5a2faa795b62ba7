"""btauth/1 between SDK 11's http_auth and us, both ways, sr25519 and ed25519."""

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


@checks("the miner answers a request signed by http_auth")
def _():
    import urllib.request

    body = json.dumps({"text": "hello"}).encode()
    path = "/v1/tasks/echo"
    headers = bt.http_auth.sign(
        Keypair.create_from_uri("//Alice", CRYPTO_SR25519),
        method="POST",
        path=path,
        body=body,
        receiver_ss58=peer.told["hotkey"],
    )
    request = urllib.request.Request(
        f"http://127.0.0.1:{peer.told['port']}{path}", data=body, headers={**headers, "Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        equal(json.loads(reply.read()), {"echoed": "hello"})


peer.close()
checks.finish()
