"""What every part with a chain needs: wallets, root calls, the chain's own verbs."""

import json
import os
import urllib.request
from contextlib import redirect_stderr
from io import StringIO

import bittensor as bt
from bittensor_wallet import Wallet

from checks import Checks, equal

__all__ = ["TAO", "Checks", "World", "close", "equal", "event", "events", "must", "outcome_is_ok", "refused"]

TAO = bt.Balance.from_tao


class World:
    """A chain under test: SDK connection, wallets of the development keys, root calls."""

    def __init__(self, url):
        self.url = url
        self.subtensor = bt.Subtensor(url)
        self.wallet_path = os.path.join(os.path.expanduser("~"), ".bittensor", "wallets")
        self.alice = self.wallet("alice", "//Alice", "//Alice//hot")

    def wallet(self, name, coldkey, hotkey=None, hotkey_name="default"):
        """A wallet on disk without password, from development URIs."""
        wallet = Wallet(name=name, hotkey=hotkey_name, path=self.wallet_path)
        with redirect_stderr(StringIO()):
            wallet.create_coldkey_from_uri(coldkey, use_password=False, overwrite=True, suppress=True)
            wallet.create_hotkey_from_uri(
                hotkey or f"{coldkey}//hot", use_password=False, overwrite=True, suppress=True
            )
        return wallet

    def funded(self, name, tao, **options):
        """A wallet with money from Alice."""
        wallet = self.wallet(name, f"//Interop//{name}", **options)
        must(self.subtensor.transfer(self.alice, wallet.coldkeypub.ss58_address, TAO(tao)))
        return wallet

    def call(self, pallet, function, **params):
        return self.subtensor.compose_call(pallet, function, params)

    def submit(self, wallet, pallet, function, sign_with="coldkey", **params):
        """A call without an SDK function of its own."""
        return self.subtensor.sign_and_send_extrinsic(
            self.call(pallet, function, **params), wallet, sign_with=sign_with, wait_for_inclusion=True
        )

    def sudo(self, pallet, function, **params):
        """A root call; fails where the inner call failed."""
        inner = self.call(pallet, function, **params)
        response = must(
            self.subtensor.sign_and_send_extrinsic(
                self.call("Sudo", "sudo", call=inner), self.alice, wait_for_inclusion=True
            )
        )
        outcome = event(response, "Sudo", "Sudid")
        assert outcome is not None and outcome_is_ok(outcome), f"sudo {function}: {outcome}"
        return response

    def rpc(self, method, *params):
        """A JSON-RPC call over HTTP: the chain's development verbs."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
        request = urllib.request.Request(self.url.replace("ws://", "http://"), data=body)
        with urllib.request.urlopen(request, timeout=60) as reply:
            answer = json.loads(reply.read())
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def blocks(self, count):
        """Makes blocks at once."""
        self.rpc("dev_newBlock", {"count": count})

    def hold_epochs(self, netuid):
        """No epoch comes by itself any more: its dividends would change stakes between two looks at them."""
        self.sudo("AdminUtils", "sudo_set_tempo", netuid=netuid, tempo=self.subtensor.get_max_tempo())

    def next_epoch(self, netuid):
        """Makes the blocks up to the subnet's next epoch, it included."""
        self.rpc("dev_nextEpoch", {"netuid": netuid})


def must(response):
    """The response of an extrinsic that has to succeed."""
    assert response.success, f"{response.extrinsic_function}: {response.message} {response.error!r}"
    return response


def refused(response, text):
    """The response of an extrinsic that has to fail, its error naming `text`."""
    told = f"{response.message} {response.error!r}"
    assert not response.success, f"{response.extrinsic_function} should have failed"
    assert text in told, f"expected {text!r} in {told}"
    return response


def events(response):
    """Events of an extrinsic as (pallet, event, attributes)."""
    return [
        (one["event"]["module_id"], one["event"]["event_id"], one["event"]["attributes"])
        for one in response.extrinsic_receipt.triggered_events
    ]


def event(response, pallet, name):
    """Attributes of the first event of that name, {} where it has none; None where there is no such event."""
    found = [attributes or {} for module, one, attributes in events(response) if (module, one) == (pallet, name)]
    return found[0] if found else None


def outcome_is_ok(attributes):
    result = attributes["sudo_result"] if isinstance(attributes, dict) else attributes
    return "Ok" in result if isinstance(result, dict) else str(result) == "Ok"


def close(actual, expected, tolerance=1e-3):
    assert abs(float(actual) - float(expected)) <= tolerance * max(1.0, abs(float(expected))), f"{actual} is not about {expected}"
