"""A miner of SDK 10: an axon that squares the first so many numbers rightly. `python axon.py WALLETS NAME PORT RIGHT`; ends with its standard input."""

import sys

from bittensor.utils import networking

# There is no network to ask for the address.
networking.get_external_ip = lambda: "127.0.0.9"

from bittensor.core.axon import Axon
from bittensor_wallet import Wallet

from squares import Squares

path, name, port, right = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def squares(synapse: Squares) -> Squares:
    synapse.squares = [number * number if at < right else 0 for at, number in enumerate(synapse.numbers)]
    return synapse


axon = Axon(wallet=Wallet(name=name, path=path), port=port, ip="127.0.0.1", external_ip="0.0.0.1", external_port=port)
axon.attach(squares)
axon.fast_config.host = "127.0.0.1"
axon.start()
print("started", flush=True)
sys.stdin.read()
axon.stop()
