"""A validator as one writes it with SDK 10: a dendrite asks every miner, set_weights tells the chain, once in each epoch, in the way the subnet wants it.

`python validator.py URL NETUID WALLETS NAME`; one JSON line on standard output for each thing sent to the chain; ends with its standard input.
"""

import asyncio
import json
import random
import sys
import threading

from bittensor.utils import networking

# There is no network to ask for the address.
networking.get_external_ip = lambda: "127.0.0.9"

import bittensor as bt
from bittensor.core.dendrite import Dendrite

from squares import Squares, challenge, score

bt.logging.setLevel("CRITICAL")
url, netuid = sys.argv[1], int(sys.argv[2])
wallet = bt.Wallet(path=sys.argv[3], name=sys.argv[4])
subtensor = bt.Subtensor(url)
HOTKEY = wallet.hotkey.ss58_address
BLOCK_SECONDS = 0.25
SMOOTHING = 0.5
scores = {}


def told(what, response, **more):
    """One thing that was sent, and what the SDK says became of it."""
    line = {"sent": what, "success": response.success, "message": str(response.message), **more}
    print(json.dumps(line), flush=True)
    return response.success


def reachable(axon):
    """An axon of this machine, which the chain knows as 0.0.0.1."""
    if axon.ip == "0.0.0.1":
        axon.ip = "127.0.0.1"
    return axon


def ask(metagraph):
    """One round: all miners that serve an axon, the same numbers."""
    axons = [reachable(axon) for axon in metagraph.axons if axon.port != 0 and axon.hotkey != HOTKEY]
    numbers = challenge()

    async def run():
        async with Dendrite(wallet=wallet) as dendrite:
            return await dendrite.forward(axons, Squares(numbers=numbers), timeout=4.0, deserialize=False)

    for axon, reply in zip(axons, asyncio.run(run())):
        now = score(numbers, reply.squares if reply.is_success else None)
        before = scores.get(axon.hotkey, now)
        scores[axon.hotkey] = SMOOTHING * now + (1 - SMOOTHING) * before


def weights_of(metagraph):
    """Uids with a score above zero, and their scores."""
    pairs = [(uid, scores[hotkey]) for uid, hotkey in enumerate(metagraph.hotkeys) if scores.get(hotkey, 0) > 0]
    return [uid for uid, _ in pairs], [share for _, share in pairs]


def hidden(uids, weights):
    """What a hash commit hides: the weights as 16 bits, and a salt."""
    largest = max(weights)
    return {
        "uids": uids,
        "weights": [round(share / largest * 65_535) for share in weights],
        "salt": [random.randrange(65_536) for _ in range(8)],
        "version_key": 0,
    }


ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
settled = -1
waiting = {}
while not ended.wait(0.5):
    schedule = subtensor.get_epoch_schedule_state(netuid)
    epoch = schedule.subnet_epoch_index
    metagraph = subtensor.metagraph(netuid)
    for committed in [one for one in waiting if one < epoch]:
        opened = waiting.pop(committed)
        told("reveal", subtensor.reveal_weights(wallet, netuid, **opened, raise_error=False), epoch=epoch)
    ask(metagraph)
    uids, weights = weights_of(metagraph)
    if epoch == settled or not uids or schedule.current_block - schedule.last_epoch_block < schedule.tempo // 2:
        continue
    how = dict(raise_error=False, wait_for_inclusion=True, wait_for_finalization=True)
    version = subtensor.query_subtensor("CommitRevealWeightsVersion")
    if not subtensor.commit_reveal_enabled(netuid) or int(getattr(version, "value", version)) == 4:
        done = told("weights", subtensor.set_weights(wallet, netuid, uids, weights, block_time=BLOCK_SECONDS, **how), epoch=epoch)
    else:
        secret = hidden(uids, weights)
        done = told("commit", subtensor.commit_weights(wallet, netuid, **secret, **how), epoch=epoch)
        if done:
            waiting[epoch] = secret
    if done:
        settled = epoch
