"""A mixed subnet over several epochs: two of our validators and one of SDK 10, two of our miners and two axons of SDK 10, in the three ways in which
weights reach a chain. `python mixed.py ws://127.0.0.1:PORT NODE BUNDLE ROOT DIST`, where the bundle is network.ts.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

import bittensor as bt

import beacon
from harness import TAO, Checks, World, close, equal, must
from peer import Peer

check = Checks("mixed")
url, node, bundle, root, dist = sys.argv[1:6]
world = World(url)
subtensor = world.subtensor
HERE = pathlib.Path(__file__).parent
TEMPO = 40
U16 = 65_535
# Stake of the validators in TAO, and which part of its answers each miner has right. None of the validators is a majority.
VALIDATORS = {"ours-a": 600, "ours-b": 500, "python": 400}
MINERS = {"full": 1.0, "half": 0.5, "axon-full": 1.0, "axon-quarter": 0.25}
# The copy of bittensor_drand that encrypts to this chain's beacon.
DRAND = os.path.join(os.path.expanduser("~"), "drand")
wallets = {name: world.wallet(name, f"//Mixed//{name}") for name in [*VALIDATORS, *MINERS]}
uids = {}
scripts = {}
ours = Peer(node, bundle, url, root, dist)
if ours.told["problem"] is not None:
    check.skip("all of it", f"our validators need a Redis: {ours.told['problem']}")
    ours.close()
    check.finish()


def hot(name):
    return wallets[name].hotkey.ss58_address


def keyfile(name):
    """The hotkey's file as the SDK's wallet wrote it; our processes read it."""
    return os.path.join(world.wallet_path, name, "hotkeys", "default")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(what, found, seconds):
    """What `found` gives once it is true."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.5)
    return result


class Script:
    """A Python process of the subnet, which ends with its standard input; `said` is what it printed."""

    def __init__(self, script, *arguments, paths=()):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*paths, os.environ["PYTHONPATH"]])},
        )
        self.said = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.said.append(line.strip())

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def set_hyperparameter(name, value, argument=None):
    world.sudo("AdminUtils", f"sudo_set_{name}", netuid=world.netuid, **{argument or name: value})


def plain(value):
    """What the SDK wraps."""
    return getattr(value, "value", value)


@check("the neurons are registered and staked")
def _():
    world.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)
    world.sudo("AdminUtils", "sudo_set_owner_hparam_rate_limit", epochs=0)
    world.sudo("AdminUtils", "sudo_set_network_rate_limit", rate_limit=0)
    for name, wallet in wallets.items():
        money = 5_000 if name == "ours-a" else VALIDATORS.get(name, 0) + 200
        must(subtensor.transfer(world.alice, wallet.coldkeypub.ss58_address, TAO(money)))
    must(subtensor.register_subnet(wallets["ours-a"]))
    world.netuid = subtensor.get_all_subnets_netuid()[-1]
    must(subtensor.start_call(wallets["ours-a"], world.netuid))
    set_hyperparameter("tempo", TEMPO)
    set_hyperparameter("weights_set_rate_limit", 0)
    set_hyperparameter("serving_rate_limit", 0)
    set_hyperparameter("commit_reveal_weights_interval", 1, "interval")
    set_hyperparameter("commit_reveal_weights_enabled", False, "enabled")
    set_hyperparameter("max_registrations_per_block", 20)
    set_hyperparameter("target_registrations_per_interval", 100)
    for name, wallet in wallets.items():
        if name != "ours-a":
            must(subtensor.burned_register(wallet, world.netuid))
    for name, stake in VALIDATORS.items():
        must(subtensor.add_stake(wallets[name], world.netuid, hot(name), TAO(stake)))
    hotkeys = subtensor.metagraph(world.netuid).hotkeys
    uids.update({name: hotkeys.index(hot(name)) for name in wallets})
    equal(len(set(uids.values())), len(wallets))


@check("the chain's own beacon takes quicknet's clock, and a copy of bittensor_drand the beacon's key")
def _():
    config = plain(subtensor.query_module("Drand", "BeaconConfig"))
    beacon.copy_with_key(bytes.fromhex(config["public_key"].removeprefix("0x")), DRAND)
    config |= {"genesis_time": beacon.GENESIS_TIME, "period": beacon.PERIOD}
    payload = {"block_number": subtensor.block, "config": config, "public": {"Sr25519": "0x" + world.alice.hotkey.public_key.hex()}}
    world.sudo("Drand", "set_beacon_config", config_payload=payload, signature=None)
    assert wait_for("a pulse of today's round", lambda: subtensor.last_drand_round() > 30_000_000, 20)


@check("our miners and the axons are up and on the chain")
def _():
    for name, variant in [("full", "default"), ("half", "half")]:
        ours("miner", netuid=world.netuid, name=name, hotkeyFile=keyfile(name), variant=variant)
    for name, right in [("axon-full", 8), ("axon-quarter", 2)]:
        port = free_port()
        scripts[name] = Script("axon.py", world.wallet_path, name, port, right)
        axon = bt.Axon(wallets[name], port=port, ip="127.0.0.1", external_ip="0.0.0.1", external_port=port)
        must(subtensor.serve_axon(world.netuid, axon))
    wait_for("the axons listen", lambda: all("started" in scripts[name].said for name in ("axon-full", "axon-quarter")), 60)
    served = [axon.port != 0 for axon in subtensor.metagraph(world.netuid).axons]
    equal([served[uids[name]] for name in MINERS], [True] * len(MINERS))


@check("two validators of ours and one of SDK 10 start")
def _():
    world.next_epoch(world.netuid)
    for name in ("ours-a", "ours-b"):
        ours("validator", netuid=world.netuid, name=name, hotkeyFile=keyfile(name))
    scripts["python"] = Script("validator.py", url, world.netuid, world.wallet_path, "python", paths=[DRAND])
    permits = subtensor.get_subnet_validator_permits(world.netuid)
    equal([permits[uids[name]] for name in VALIDATORS], [True] * len(VALIDATORS))


# Where an event of weights has the validator: as a hotkey or as a uid.
PLACE = {
    "WeightsSet": 1,
    "WeightsCommitted": 0,
    "WeightsRevealed": 0,
    "TimelockedWeightsCommitted": 0,
    "TimelockedWeightsRevealed": 1,
}
looked = {"to": 0, "events": []}


def weight_events(since):
    """(block, event, uid) of what concerned weights after a block."""
    by_hotkey = {hot(name): uid for name, uid in uids.items()}
    first, last = max(looked["to"], since) + 1, subtensor.block
    for block in range(first, last + 1):
        for record in subtensor.substrate.get_events(block_hash=subtensor.get_block_hash(block)):
            event = record["event"]
            place = PLACE.get(event["event_id"]) if event["module_id"] == "SubtensorModule" else None
            if place is None:
                continue
            attributes = event["attributes"]
            values = list(attributes.values()) if isinstance(attributes, dict) else attributes
            looked["events"].append((block, event["event_id"], by_hotkey.get(values[place], values[place])))
    looked["to"] = max(last, looked["to"])
    return [event for event in looked["events"] if event[0] > since]


def all_validators(name, since):
    """The first block by which each of the three had such an event, undefined until then."""
    first = {}
    for block, event, uid in weight_events(since):
        if event == name:
            first.setdefault(uid, block)
    blocks = [first.get(uids[validator]) for validator in VALIDATORS]
    return None if None in blocks else max(blocks)


def epoch_after(block):
    """The first epoch's block after that one."""

    def last():
        found = subtensor.get_epoch_schedule_state(world.netuid).last_epoch_block
        return found if found > block else None

    return wait_for(f"an epoch after block {block}", last, 120)


def stored(item, block):
    return plain(subtensor.query_subtensor(item, block=block, params=[world.netuid]))


def check_epoch(block, rows_at):
    """The chain's epoch of a block against the reference, and what it pays against what the miners have right."""
    expected = ours("epoch", netuid=world.netuid, block=block, rowsAt=rows_at)
    told = {}
    for item, name in [
        ("Consensus", "consensus"),
        ("Incentive", "incentive"),
        ("Dividends", "dividends"),
        ("ValidatorTrust", "validatorTrust"),
    ]:
        told[name] = list(stored(item, block))
        assert all(abs(one - other) <= 1 for one, other in zip(told[name], expected[name], strict=True)), (
            item, block, told[name], expected[name],
        )  # fmt: skip
    trust = {name: told["validatorTrust"][uids[name]] / U16 for name in VALIDATORS}
    assert min(trust.values()) > 0.9, trust
    emission = list(stored("Emission", block))
    paid = sum(emission[uids[name]] for name in MINERS)
    assert paid > 0, emission
    for name, right in MINERS.items():
        due = right / sum(MINERS.values())
        close(told["consensus"][uids[name]] / U16, due, 0.02)
        close(told["incentive"][uids[name]] / U16, due, 0.02)
        close(emission[uids[name]] / paid, due, 0.02)


def check_mode(event, opened_in_epoch=False):
    """Two epochs with rows of all three that came in this way; `opened_in_epoch` where the chain opens them in the epoch's own block."""
    since = subtensor.block
    block = wait_for(f"{event} of all validators", lambda: all_validators(event, since), 240)
    for _ in range(2):
        block = epoch_after(block - 1 if opened_in_epoch else block)
        rows = dict(subtensor.weights(world.netuid, block=block))
        assert all(rows.get(uids[name]) for name in VALIDATORS), rows
        check_epoch(block, block if opened_in_epoch else block - 1)
        block += 1


def check_sent(what, count):
    """
    The Python validator told the chain this so often. Not every try: epochs last seconds here, and the round the SDK takes for a timelock
    may be past when it comes.
    """
    lines = [line for line in map(json.loads, scripts["python"].said) if line["sent"] == what]
    assert sum(line["success"] for line in lines) >= count, lines


@check("plain weights: consensus, trust, and emission as scored")
def _():
    check_mode("WeightsSet")
    check_sent("weights", 2)


@check("weights by hash commit and reveal: the same")
def _():
    world.sudo("AdminUtils", "sudo_set_commit_reveal_version", version=2)
    set_hyperparameter("commit_reveal_weights_enabled", True, "enabled")
    check_mode("WeightsRevealed")
    check_sent("commit", 2)
    check_sent("reveal", 1)


@check("weights by timelocked commit, opened by the chain: the same")
def _():
    before = sum(line["sent"] == "weights" and line["success"] for line in map(json.loads, scripts["python"].said))
    world.sudo("AdminUtils", "sudo_set_commit_reveal_version", version=4)
    check_mode("TimelockedWeightsRevealed", opened_in_epoch=True)
    check_sent("weights", before + 2)


@check("nothing that our validators sent was refused")
def _():
    for name in ("ours-a", "ours-b"):
        events = ours("told", name=name)["events"]
        kinds = [event["type"] for event in events]
        assert "weights.failed" not in kinds and kinds.count("weights.finalized") >= 5, events


for script in scripts.values():
    script.close()
ours.close()
check.finish()
