"""Timelocks of the Python SDK, which encrypts to drand's quicknet, opened by recorded quicknet pulses: `python quicknet.py ws://127.0.0.1:PORT`.

The chain runs with `--drand quicknet --drand-pulses test/vectors/quicknet-pulses.jsonl` and one block per transaction. The SDK computes the
round from the clock and the number of blocks to wait; its own parameter `block_time` is given the (negative) value that leads to a recorded round,
so the SDK's code runs as it is, network or not.
"""

import json
import os
import sys
import time

import bittensor.core.subtensor
import bittensor_drand

from harness import TAO, Checks, World, equal, event, must, refused

check = Checks("quicknet")
world = World(sys.argv[1])
subtensor = world.subtensor
with open(sys.argv[2], encoding="utf-8") as file:
    PULSES = {pulse["round"]: pulse for pulse in map(json.loads, file)}
GENESIS_TIME, PERIOD = 1_692_803_367, 3
NETUID = 2

validator = world.funded("qvalidator", 5_000)
second = world.funded("qsecond", 5_000)
HOTKEY = validator.hotkey.ss58_address
must(subtensor.register_subnet(validator))
must(subtensor.start_call(validator, NETUID))
must(subtensor.burned_register(second, NETUID))
must(subtensor.add_stake(validator, NETUID, HOTKEY, TAO(100)))
for hyperparameter, name, value in [
    ("sudo_set_admin_freeze_window", "window", 0),
    ("sudo_set_tempo", "tempo", 20),
    ("sudo_set_weights_set_rate_limit", "weights_set_rate_limit", 0),
    ("sudo_set_commit_reveal_weights_interval", "interval", 1),
]:
    where = {} if name == "window" else {"netuid": NETUID}
    world.sudo("AdminUtils", hyperparameter, **where, **{name: value})
world.next_epoch(NETUID)


def block_time_for(wanted):
    """The `block_time` with which the SDK arrives at a round: the number of blocks it waits is what a probe shows."""
    schedule = subtensor.get_epoch_schedule_state(NETUID)
    reveal = subtensor.get_subnet_hyperparameters(NETUID).commit_reveal_period

    def round_with(block_time):
        return bittensor_drand.get_encrypted_commit_v2(
            [0], [1], 0, schedule.last_epoch_block, schedule.pending_epoch_at, schedule.subnet_epoch_index,
            schedule.tempo, schedule.blocks_since_last_step, schedule.current_block, reveal, block_time, bytes(32),
        )[1]  # fmt: skip

    now = time.time()
    blocks = round((round_with(3_000_000) - (now - GENESIS_TIME) / PERIOD) / 1_000_000)
    assert blocks >= 1, blocks
    # The middle of the round, so that a second more or less does not matter.
    return (GENESIS_TIME + PERIOD * wanted + PERIOD / 2 - time.time()) / blocks


def commit(round_, uids, weights):
    """The SDK's own set_weights, its timelock ending at a recorded round."""
    response = must(subtensor.set_weights(validator, NETUID, uids, weights, block_time=block_time_for(round_)))
    equal(response.data["reveal_round"], round_)
    return response


def row():
    return dict(subtensor.weights(NETUID)).get(0)


def unwrapped(encoded):
    """The ciphertext in what `encrypt_at_round` gives: SCALE of (bytes, round), with a two-byte length."""
    assert encoded[0] & 3 == 1
    return encoded[2:-8]


def send_pulse(substrate, pulse):
    """What a node's offchain worker does: signs the payload with its app key and submits it unsigned."""
    key = world.alice.hotkey
    signature = bytes.fromhex(pulse["signature"])
    block = subtensor.block
    payload = {
        "block_number": block,
        "pulses": [
            {"round": pulse["round"], "randomness": "0x" + pulse["randomness"], "signature": "0x" + pulse["signature"]}
        ],
        "public": {"Sr25519": "0x" + key.public_key.hex()},
    }
    encoded = (
        block.to_bytes(4, "little")
        + bytes([4])
        + pulse["round"].to_bytes(8, "little")
        + bytes([32 << 2])
        + bytes.fromhex(pulse["randomness"])
        + bytes([len(signature) << 2])
        + signature
        + bytes([1])
        + key.public_key
    )
    call = world.call(
        "Drand",
        "write_pulse",
        pulses_payload=payload,
        signature={"Sr25519": "0x" + key.sign(encoded).hex()},
    )
    extrinsic = substrate.create_unsigned_extrinsic(call)
    substrate.rpc_request("author_submitExtrinsic", [str(extrinsic.data)])


@check("the chain holds quicknet's key and no pulse yet")
def _():
    config = subtensor.query_module("Drand", "BeaconConfig")
    text = str(getattr(config, "value", config))
    assert str(PERIOD) in text and str(GENESIS_TIME) in text, text
    equal(subtensor.last_drand_round(), 0)


@check("set_weights of the SDK: encrypted to quicknet, committed, opened by the recorded pulse, weights applied")
def _():
    response = commit(1_000, [0, 1], [0.3, 0.9])
    assert event(response, "SubtensorModule", "TimelockedWeightsCommitted") is not None
    equal(row(), None)
    world.next_epoch(NETUID)
    world.blocks(2)
    equal(subtensor.last_drand_round(), 1_000)
    equal(row(), [(0, 21_845), (1, 65_535)])
    equal(subtensor.get_timelocked_weight_commits(NETUID), [])


@check("a round that is past is refused at the pool: Custom error 15")
def _():
    world.next_epoch(NETUID)
    commit(1_001, [1], [1.0])
    world.next_epoch(NETUID)
    world.blocks(2)
    equal(subtensor.last_drand_round(), 1_001)
    response = subtensor.set_weights(
        validator, NETUID, [0], [1.0], block_time=block_time_for(1_000), max_attempts=1
    )
    refused(response, "Custom error: 15")


@check("a round without a pulse: the commit waits and is lost with its epoch, the weights stay")
def _():
    before = row()
    response = must(subtensor.set_weights(validator, NETUID, [0], [1.0], block_time=0.25))
    assert response.data["reveal_round"] > 30_000_000
    for _ in range(3):
        world.next_epoch(NETUID)
    equal(row(), before)
    equal(subtensor.get_timelocked_weight_commits(NETUID), [])


@check("what cannot be opened is dropped silently")
def _():
    before = row()
    response = world.submit(
        validator,
        "SubtensorModule",
        "commit_timelocked_mechanism_weights",
        sign_with="hotkey",
        netuid=NETUID,
        mecid=0,
        commit=os.urandom(300),
        reveal_round=1_002,
        commit_reveal_version=4,
    )
    must(response)
    world.next_epoch(NETUID)
    world.blocks(2)
    equal(subtensor.last_drand_round(), 1_002)
    equal(row(), before)
    equal(subtensor.get_timelocked_weight_commits(NETUID), [])


@check("a timelocked commitment of the SDK is revealed (its encryption told the round: this one goes by the clock alone)")
def _():
    wanted = 1_003

    def encrypted_for_the_recorded_round(data, _blocks, _block_time):
        text = data.encode()
        encoded, _ = bittensor_drand.encrypt_at_round(bytes([len(text) << 2]) + text, wanted)
        return unwrapped(encoded), wanted

    bittensor.core.subtensor.get_encrypted_commitment = encrypted_for_the_recorded_round
    response = must(subtensor.set_reveal_commitment(validator, NETUID, "model-7", blocks_until_reveal=10))
    equal(response.data["reveal_round"], wanted)
    world.blocks(3)
    equal(subtensor.last_drand_round(), wanted)
    # Read as stored: get_revealed_commitment of SDK 10.5.0 takes the text for hex, on any chain.
    revealed = dict(subtensor.query_map("Commitments", "RevealedCommitments", [NETUID]))[HOTKEY]
    equal([text for text, _ in revealed], [chr(len("model-7") << 2) + "model-7"])


@check("a pulse handed in as write_pulse, without file: stored once verified, a wrong one is not")
def _():
    substrate = subtensor.substrate
    for number, wrong, stored in [(657_413, True, 1_003), (657_413, False, 657_413)]:
        pulse = dict(PULSES[number])
        if wrong:
            pulse["signature"] = PULSES[5_928_395]["signature"]
        send_pulse(substrate, pulse)
        world.blocks(1)
        equal(subtensor.last_drand_round(), stored)


check.finish()
