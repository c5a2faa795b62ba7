"""The Python SDK's asynchronous client for the main flows: `python aio.py ws://127.0.0.1:PORT`."""

import asyncio
import sys

import bittensor as bt

from harness import TAO, Checks, World, equal, event, must

check = Checks("async sdk")
world = World(sys.argv[1])
world.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)
owner = world.funded("async-owner", 20_000)
member = world.funded("async-member", 1_000)
coldkey = member.coldkeypub.ss58_address
hotkey = member.hotkey.ss58_address


async def aevent(response, pallet, name):
    found = [
        one["event"]["attributes"]
        for one in await response.extrinsic_receipt.triggered_events
        if (one["event"]["module_id"], one["event"]["event_id"]) == (pallet, name)
    ]
    return found[0] if found else None


@check("reads: block, subnets, balances, metagraph, hyperparameters, in parallel")
async def _():
    async with bt.AsyncSubtensor(world.url) as subtensor:
        block, subnets, balance, metagraph, hyperparameters = await asyncio.gather(
            subtensor.block,
            subtensor.all_subnets(),
            subtensor.get_balance(coldkey),
            subtensor.metagraph(1),
            subtensor.get_subnet_hyperparameters(1),
        )
        assert block > 0 and len(subnets) >= 2
        equal(balance.rao, TAO(1_000).rao)
        equal(int(metagraph.n), 1)
        assert hyperparameters.tempo > 0


@check("subnet: create, start, register, stake, unstake")
async def _():
    async with bt.AsyncSubtensor(world.url) as subtensor:
        world.sudo("AdminUtils", "sudo_set_network_rate_limit", rate_limit=0)
        response = must(await subtensor.register_subnet(owner))
        world.netuid = (await aevent(response, "SubtensorModule", "NetworkAdded"))[0]
        must(await subtensor.start_call(owner, world.netuid))
        world.hold_epochs(world.netuid)
        must(await subtensor.burned_register(member, world.netuid))
        equal(await subtensor.get_uid_for_hotkey_on_subnet(hotkey, world.netuid), 1)
        must(await subtensor.add_stake(member, world.netuid, hotkey, TAO(50)))
        stake = await subtensor.get_stake(coldkey, hotkey, world.netuid)
        assert stake.rao > 0
        must(await subtensor.unstake(member, world.netuid, hotkey, bt.Balance.from_tao(5).set_unit(world.netuid)))
        assert await subtensor.get_stake(coldkey, hotkey, world.netuid) < stake


@check("transfer: watched to finality, receipt with events and fee")
async def _():
    async with bt.AsyncSubtensor(world.url) as subtensor:
        response = must(
            await subtensor.transfer(member, owner.coldkeypub.ss58_address, TAO(1), wait_for_finalization=True)
        )
        assert response.extrinsic_receipt.finalized and await response.extrinsic_receipt.is_success
        assert await response.extrinsic_receipt.total_fee_amount > 0
        assert await aevent(response, "Balances", "Transfer") is not None


@check("transfer: after a status that came too late and a lost connection, the receipt is still its own")
async def _():
    async with bt.AsyncSubtensor(world.url) as subtensor:
        websocket = subtensor.substrate.ws
        kept = websocket._received_subscriptions

        async def forget(subscription, *_arguments, **_options):
            kept.pop(subscription, None)

        # As on a busy machine: `finalized` comes when the client listens no more, which keeps it under its subscription's id.
        websocket.unsubscribe = forget
        destination = owner.coldkeypub.ss58_address
        first = must(await subtensor.transfer(member, destination, TAO(1), wait_for_finalization=False))
        while not kept:
            await asyncio.sleep(0.05)
        del websocket.unsubscribe
        websocket.ws.transport.abort()
        while not websocket._send_recv_task.done():
            await asyncio.sleep(0.05)
        second = must(await subtensor.transfer(member, destination, TAO(2), wait_for_finalization=True))
        assert second.extrinsic_receipt.block_hash != first.extrinsic_receipt.block_hash
        equal((await aevent(second, "Balances", "Transfer"))["amount"], TAO(2).rao)


@check("weights: plain, after the permit came with an epoch")
async def _():
    world.sudo("AdminUtils", "sudo_set_commit_reveal_weights_enabled", netuid=world.netuid, enabled=False)
    world.sudo("AdminUtils", "sudo_set_weights_set_rate_limit", netuid=world.netuid, weights_set_rate_limit=0)
    world.sudo("AdminUtils", "sudo_set_tempo", netuid=world.netuid, tempo=360)
    world.next_epoch(world.netuid)
    async with bt.AsyncSubtensor(world.url) as subtensor:
        must(await subtensor.set_weights(member, world.netuid, [0], [1.0]))
        equal(dict(await subtensor.weights(world.netuid))[1], [(0, 65_535)])


@check("heads: three finalized headers of a subscription, in order")
async def _():
    async with bt.AsyncSubtensor(world.url) as subtensor:
        start = await subtensor.get_current_block()
        await subtensor.wait_for_block(start + 3)
        assert await subtensor.get_current_block() >= start + 3


check.finish()
