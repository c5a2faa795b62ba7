"""bittensor_drand for a chain with another beacon than quicknet.

The module has quicknet's public key compiled in, as hexadecimal text. A copy with the local beacon's key in its place is the same code with
the same clock: the chain is told quicknet's genesis time and period by `Drand.set_beacon_config`. The module as published, and recorded pulses of
quicknet itself, are what the part `quicknet` tests.
"""

import pathlib
import shutil
import subprocess
import sys

import bittensor_drand

QUICKNET = (
    b"83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    b"0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
GENESIS_TIME, PERIOD = 1_692_803_367, 3


def copy_with_key(public_key, folder):
    """Copies the installed module into a folder for the front of PYTHONPATH; `public_key` is 96 bytes."""
    source = pathlib.Path(bittensor_drand.__file__).parent
    target = pathlib.Path(folder) / "bittensor_drand"
    shutil.copytree(source, target)
    replaced = 0
    for file in target.iterdir():
        if file.suffix not in (".so", ".pyd"):
            continue
        code = file.read_bytes()
        replaced += code.count(QUICKNET)
        file.write_bytes(code.replace(QUICKNET, public_key.hex().encode()))
        if sys.platform == "darwin":
            # A changed library has to be signed anew there.
            subprocess.run(["codesign", "--force", "--sign", "-", str(file)], check=True)
    assert replaced > 0, "the module does not have quicknet's key as text"
