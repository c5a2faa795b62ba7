"""The Python SDK (synchronous) against the development chain: `python sdk.py ws://127.0.0.1:PORT`."""

import sys

import bittensor as bt
from bittensor.core.chain_data import SubnetIdentity
from bittensor.core.chain_data.proxy import ProxyType
from bittensor.core.metagraph import Metagraph

from harness import TAO, Checks, World, close, equal, event, events, must, refused

check = Checks("sdk")
world = World(sys.argv[1])
subtensor = world.subtensor
alice = world.alice

owner = world.funded("owner", 20_000)
validator = world.funded("validator", 5_000)
miner = world.funded("miner", 1_000)
friend = world.wallet("friend", "//Interop//friend")


def address(wallet):
    return wallet.coldkeypub.ss58_address


def hot(wallet):
    return wallet.hotkey.ss58_address


# Limits of the real network that would make every second check wait; each is lifted with the root call for it.
world.sudo("AdminUtils", "sudo_set_tx_rate_limit", tx_rate_limit=0)
world.sudo("AdminUtils", "sudo_set_tx_delegate_take_rate_limit", tx_rate_limit=0)
world.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)
world.sudo("AdminUtils", "sudo_set_owner_hparam_rate_limit", epochs=0)
world.sudo("AdminUtils", "sudo_set_network_rate_limit", rate_limit=0)
# Genesis keeps staking closed on root and on netuid 1, as a localnet does.
world.sudo("AdminUtils", "sudo_set_subtoken_enabled", netuid=0, subtoken_enabled=True)
world.sudo("AdminUtils", "sudo_set_subtoken_enabled", netuid=1, subtoken_enabled=True)


@check("connect: chain name, block, timestamp, fast blocks")
def _():
    block = subtensor.block
    assert block > 0
    assert subtensor.get_timestamp().timestamp() > 1_700_000_000
    assert subtensor.is_fast_blocks()
    equal(subtensor.get_block_info(block).number, block)
    assert subtensor.get_block_hash(block).startswith("0x")


@check("all_subnets and subnet: root and netuid 1")
def _():
    subnets = subtensor.all_subnets()
    equal([one.netuid for one in subnets][:2], [0, 1])
    equal(subtensor.get_all_subnets_netuid()[:2], [0, 1])
    equal(subtensor.get_total_subnets(), len(subnets))
    one = subtensor.subnet(1)
    assert one.tao_in.rao > 0 and one.alpha_in.rao > 0 and one.price.tao > 0
    assert subtensor.subnet_exists(1) and not subtensor.subnet_exists(4_000)
    equal(subtensor.subnet(4_000), None)
    assert len(subtensor.get_all_subnets_info()) == len(subnets)
    equal(subtensor.get_subnet_info(1).netuid, 1)


@check("balances: one, several, existential deposit")
def _():
    both = subtensor.get_balances(address(alice), address(friend))
    equal(both[address(friend)].rao, 0)
    equal(both[address(alice)], subtensor.get_balance(address(alice)))
    equal(subtensor.get_existential_deposit().rao, 500)


@check("transfer: amount, events, fee of the receipt")
def _():
    before = subtensor.get_balance(address(alice))
    response = must(subtensor.transfer(alice, address(friend), TAO(3)))
    after = subtensor.get_balance(address(alice))
    equal(subtensor.get_balance(address(friend)).rao, TAO(3).rao)
    receipt = response.extrinsic_receipt
    assert receipt.is_success and receipt.block_hash.startswith("0x") and receipt.extrinsic_idx >= 1
    equal(before.rao - after.rao, TAO(3).rao + receipt.total_fee_amount)
    assert event(response, "Balances", "Transfer")["amount"] == TAO(3).rao
    assert event(response, "TransactionPayment", "TransactionFeePaid") is not None
    assert events(response)[-1][:2] == ("System", "ExtrinsicSuccess")
    estimate = subtensor.get_transfer_fee(alice, address(friend), TAO(3))
    assert abs(estimate.rao - receipt.total_fee_amount) <= 2


@check("transfer: what it cannot pay is refused before it is sent, and by the chain")
def _():
    assert not subtensor.transfer(friend, address(alice), TAO(50)).success
    response = world.submit(
        friend, "Balances", "transfer_keep_alive", dest=address(alice), value=TAO(50).rao
    )
    refused(response, "FundsUnavailable")


@check("transfer: everything, the account is reaped")
def _():
    must(subtensor.transfer(friend, address(alice), None, transfer_all=True, keep_alive=False))
    equal(subtensor.get_balance(address(friend)).rao, 0)


@check("subnets create: lock cost, events, owner, start_call")
def _():
    cost = subtensor.get_subnet_burn_cost()
    before = subtensor.get_balance(address(owner))
    response = must(subtensor.register_subnet(owner))
    world.netuid = event(response, "SubtensorModule", "NetworkAdded")[0]
    equal(world.netuid, 2)
    close((before - subtensor.get_balance(address(owner))).tao, cost.tao)
    equal(subtensor.subnet(2).owner_coldkey, address(owner))
    equal(subtensor.get_subnet_owner_hotkey(2), hot(owner))
    assert not subtensor.is_subnet_active(2)
    must(subtensor.start_call(owner, 2))
    assert subtensor.is_subnet_active(2)
    world.hold_epochs(2)
    refused(subtensor.start_call(owner, 2), "FirstEmissionBlockNumberAlreadySet")


@check("register: burned_register, events, uid; a second time is told")
def _():
    world.sudo("AdminUtils", "sudo_set_max_registrations_per_block", netuid=2, max_registrations_per_block=10)
    world.sudo("AdminUtils", "sudo_set_target_registrations_per_interval", netuid=2, target_registrations_per_interval=100)
    price = subtensor.recycle(2)
    before = subtensor.get_balance(address(validator))
    response = must(subtensor.burned_register(validator, 2))
    paid = before.rao - subtensor.get_balance(address(validator)).rao - response.extrinsic_receipt.total_fee_amount
    assert 0 < paid <= price.rao * 1.01 + 1
    equal(subtensor.get_uid_for_hotkey_on_subnet(hot(validator), 2), 1)
    registered = event(response, "SubtensorModule", "NeuronRegistered")
    equal((registered[0], registered[1], registered[2]), (2, 1, hot(validator)))
    must(subtensor.register(miner, 2))
    assert subtensor.is_hotkey_registered(hot(miner), 2)
    assert subtensor.is_hotkey_registered_any(hot(miner))
    equal(subtensor.get_netuids_for_hotkey(hot(miner)), [2])
    equal(subtensor.get_neuron_for_pubkey_and_subnet(hot(miner), 2).uid, 2)
    again = world.submit(miner, "SubtensorModule", "burned_register", netuid=2, hotkey=hot(miner))
    refused(again, "HotKeyAlreadyRegisteredInSubNet")


@check("register_limit: a price below the burn is refused")
def _():
    extra = world.funded("extra", 100)
    world.before_extra = subtensor.block
    refused(subtensor.register_limit(extra, 2, bt.Balance.from_rao(1)), "")
    must(subtensor.register_limit(extra, 2, TAO(50)))


@check("metagraph: full, lite, saved block")
def _():
    full = subtensor.metagraph(2, lite=False)
    equal(int(full.n), 4)
    equal(full.hotkeys[:3], [hot(owner), hot(validator), hot(miner)])
    equal(full.coldkeys[1], address(validator))
    lite = subtensor.metagraph(2)
    equal(lite.hotkeys, full.hotkeys)
    equal(len(lite.axons), 4)
    later = Metagraph(netuid=2, network=world.url, sync=True, subtensor=subtensor)
    equal(later.hotkeys, full.hotkeys)
    old = subtensor.metagraph(2, block=world.before_extra)
    equal(int(old.n), 3)


@check("metagraph info: whole, selective, all subnets")
def _():
    info = subtensor.get_metagraph_info(2)
    equal(info.netuid, 2)
    equal(info.num_uids, 4)
    equal(info.hotkeys[1], hot(validator))
    equal(info.owner_coldkey, address(owner))
    from bittensor.core.chain_data.metagraph_info import SelectiveMetagraphIndex as Index

    some = subtensor.get_metagraph_info(2, selected_indices=[Index.Name, Index.Hotkeys, Index.Axons, Index.Tempo])
    equal(some.hotkeys, info.hotkeys)
    equal(some.tempo, info.tempo)
    equal(some.coldkeys, None)
    assert len(subtensor.get_all_metagraphs_info()) == subtensor.get_total_subnets()


@check("neurons: full, lite, one by uid, unknown uid")
def _():
    neurons = subtensor.neurons(2)
    equal([one.uid for one in neurons], [0, 1, 2, 3])
    equal([one.hotkey for one in subtensor.neurons_lite(2)], [one.hotkey for one in neurons])
    equal(subtensor.neuron_for_uid(1, 2).coldkey, address(validator))
    assert subtensor.neuron_for_uid(99, 2).is_null


@check("staking: add_stake, its events, sim_swap, fee and price calls")
def _():
    price = subtensor.get_subnet_price(2)
    equal(subtensor.get_subnet_prices()[2].rao, price.rao)
    world.sim = subtensor.sim_swap(0, 2, TAO(100))
    response = must(subtensor.add_stake(validator, 2, hot(validator), TAO(100)))
    staked = subtensor.get_stake(address(validator), hot(validator), 2)
    assert staked.rao > 0
    close(staked.tao, world.sim.alpha_amount.tao, 1e-2)
    added = event(response, "SubtensorModule", "StakeAdded")
    equal(added[0], address(validator))
    equal(added[1], hot(validator))
    assert subtensor.get_stake_add_fee(TAO(1), 2).rao > 0
    assert subtensor.get_unstake_fee(2, bt.Balance.from_tao(1).set_unit(2)).rao > 0
    assert subtensor.get_stake_movement_fee(2, 1, bt.Balance.from_tao(1).set_unit(2)).rao > 0
    subtensor.get_minimum_required_stake()


@check("staking: safe add within tolerance, beyond it, partly")
def _():
    must(subtensor.add_stake(validator, 2, hot(validator), TAO(10), safe_staking=True, rate_tolerance=0.5))
    beyond = subtensor.add_stake(validator, 2, hot(validator), TAO(1_000), safe_staking=True, rate_tolerance=0.001)
    refused(beyond, "")
    before = subtensor.get_balance(address(validator))
    must(
        subtensor.add_stake(
            validator, 2, hot(validator), TAO(1_000), safe_staking=True, allow_partial_stake=True, rate_tolerance=0.01
        )
    )
    spent = (before - subtensor.get_balance(address(validator))).tao
    assert 0 < spent < 1_000, spent


@check("staking: unstake plain, safe, beyond tolerance, more than there is")
def _():
    alpha = lambda tao: bt.Balance.from_tao(tao).set_unit(2)
    before = subtensor.get_stake(address(validator), hot(validator), 2)
    response = must(subtensor.unstake(validator, 2, hot(validator), alpha(5)))
    assert event(response, "SubtensorModule", "StakeRemoved") is not None
    close((before - subtensor.get_stake(address(validator), hot(validator), 2)).tao, 5)
    must(subtensor.unstake(validator, 2, hot(validator), alpha(1), safe_unstaking=True, rate_tolerance=0.5))
    refused(
        subtensor.unstake(validator, 2, hot(validator), alpha(50), safe_unstaking=True, rate_tolerance=0.00001), ""
    )
    assert not subtensor.unstake(validator, 2, hot(validator), alpha(10_000_000)).success


@check("staking: stakes of hotkey, of coldkey, of several coldkeys")
def _():
    infos = subtensor.get_stake_info_for_coldkey(address(validator))
    assert any(one.netuid == 2 and one.hotkey_ss58 == hot(validator) and one.stake.rao > 0 for one in infos)
    several = subtensor.get_stake_info_for_coldkeys([address(validator), address(miner)])
    assert len(several[address(validator)]) >= 1
    assert subtensor.get_stake_for_hotkey(hot(validator), 2).rao > 0
    assert 2 in subtensor.get_stake_for_coldkey_and_hotkey(address(validator), hot(validator))
    equal(subtensor.get_hotkey_owner(hot(validator)), address(validator))
    assert hot(validator) in subtensor.get_staking_hotkeys(address(validator))
    equal(subtensor.get_owned_hotkeys(address(validator)), [hot(validator)])
    subtensor.get_stake_availability_for_coldkeys([address(validator)], [2])


@check("staking: add_stake_multiple, unstake_multiple, unstake_all")
def _():
    must(subtensor.add_stake_multiple(miner, [2, 1], [hot(miner), hot(miner)], [TAO(5), TAO(5)]))
    assert subtensor.get_stake(address(miner), hot(miner), 1).rao > 0
    amounts = [bt.Balance.from_tao(1).set_unit(netuid) for netuid in (2, 1)]
    must(subtensor.unstake_multiple(miner, [2, 1], [hot(miner), hot(miner)], amounts))
    must(subtensor.unstake_all(miner, 2, hot(miner), rate_tolerance=0.5))
    close(subtensor.get_stake(address(miner), hot(miner), 2).tao, 0)


@check("staking: move to another hotkey, swap to another subnet, transfer to another coldkey")
def _():
    alpha = bt.Balance.from_tao(3).set_unit(2)
    must(subtensor.move_stake(validator, 2, hot(validator), 2, hot(owner), alpha))
    close(subtensor.get_stake(address(validator), hot(owner), 2).tao, 3)
    response = must(subtensor.swap_stake(validator, hot(validator), 2, 1, alpha))
    assert event(response, "SubtensorModule", "StakeSwapped") is not None
    assert subtensor.get_stake(address(validator), hot(validator), 1).rao > 0
    must(subtensor.swap_stake(validator, hot(validator), 2, 1, alpha, safe_swapping=True, rate_tolerance=0.9))
    # SDK 10.5 sends the bare ratio as the limit, not in 1e9ths, so its own tolerance never bites: asked for directly.
    limited = world.submit(
        validator,
        "SubtensorModule",
        "swap_stake_limit",
        hotkey=hot(validator),
        origin_netuid=2,
        destination_netuid=1,
        alpha_amount=alpha.rao,
        limit_price=10**12,
        allow_partial=False,
    )
    refused(limited, "SlippageTooHigh")
    must(subtensor.transfer_stake(validator, address(miner), hot(validator), 2, 2, alpha))
    close(subtensor.get_stake(address(miner), hot(validator), 2).tao, 3)


@check("staking: add_stake_burn buys and burns alpha")
def _():
    response = subtensor.add_stake_burn(owner, 2, hot(owner), TAO(1))
    must(response)


@check("hyperparameters: all of them, and the single reads")
def _():
    every = subtensor.get_subnet_hyperparameters(2)
    equal(every.tempo, subtensor.tempo(2))
    equal(every.immunity_period, subtensor.immunity_period(2))
    equal(every.min_allowed_weights, subtensor.min_allowed_weights(2))
    equal(every.commit_reveal_weights_enabled, subtensor.commit_reveal_enabled(2))
    equal(every.commit_reveal_period, subtensor.get_subnet_reveal_period_epochs(2))
    equal(every.weights_rate_limit, subtensor.weights_rate_limit(2))
    assert subtensor.max_weight_limit(2) > 0
    assert subtensor.difficulty(2) > 0
    assert subtensor.tx_rate_limit() == 0
    equal(subtensor.subnetwork_n(2), 4)


@check("hyperparameters: set by owner, by root; refused to a stranger")
def _():
    must(world.submit(owner, "AdminUtils", "sudo_set_immunity_period", netuid=2, immunity_period=77))
    equal(subtensor.get_subnet_hyperparameters(2).immunity_period, 77)
    world.sudo("AdminUtils", "sudo_set_tempo", netuid=2, tempo=20)
    equal(subtensor.tempo(2), 20)
    world.sudo("AdminUtils", "sudo_set_weights_set_rate_limit", netuid=2, weights_set_rate_limit=0)
    refused(world.submit(miner, "AdminUtils", "sudo_set_immunity_period", netuid=2, immunity_period=1), "BadOrigin")
    sudo_by_stranger = world.submit(
        miner, "Sudo", "sudo", call=world.call("AdminUtils", "sudo_set_tempo", netuid=2, tempo=30)
    )
    refused(sudo_by_stranger, "Invalid signing address")


@check("tempo control: owner's tempo, activity cutoff factor, trigger epoch")
def _():
    low, high = subtensor.get_min_tempo(), subtensor.get_max_tempo()
    assert 0 < low < high
    assert subtensor.get_epoch_schedule_state(2).tempo == 20
    assert subtensor.get_next_epoch_start_block(2) >= subtensor.block
    assert subtensor.blocks_until_next_epoch(2) >= 0
    must(subtensor.root_set_activity_cutoff_factor(alice, 2, 1_000))
    equal(subtensor.get_activity_cutoff_factor_milli(2), 1_000)
    must(subtensor.set_activity_cutoff_factor(owner, 2, 2_000))
    equal(subtensor.get_activity_cutoff_factor_milli(2), 2_000)


@check("root: register on root, stake there, root claim type")
def _():
    response = must(subtensor.root_register(validator))
    assert subtensor.is_hotkey_registered(hot(validator), 0), events(response)
    must(subtensor.add_stake(validator, 0, hot(validator), TAO(500)))
    close(subtensor.get_stake(address(validator), hot(validator), 0).tao, 500)
    equal(subtensor.get_root_claim_type(address(validator)), "Swap")
    must(subtensor.set_root_claim_type(validator, "Keep"))
    equal(subtensor.get_root_claim_type(address(validator)), "Keep")
    must(subtensor.set_root_claim_type(validator, {"KeepSubnets": {"subnets": [2]}}))
    equal(subtensor.get_root_claim_type(address(validator)), {"KeepSubnets": {"subnets": [2]}})
    must(subtensor.set_root_claim_type(validator, "Keep"))


@check("weights: plain set_weights on a subnet without commit-reveal")
def _():
    world.sudo("AdminUtils", "sudo_set_commit_reveal_weights_enabled", netuid=2, enabled=False)
    assert not subtensor.commit_reveal_enabled(2)
    world.next_epoch(2)
    world.next_epoch(2)
    assert subtensor.get_subnet_validator_permits(2)[1]
    must(subtensor.set_weights(validator, 2, [2, 3], [0.75, 0.25]))
    rows = dict(subtensor.weights(2))
    equal([uid for uid, _ in rows[1]], [2, 3])
    equal(rows[1][0][1], 65_535)
    close(rows[1][1][1], 65_535 / 3, 1e-3)
    assert subtensor.blocks_since_last_update(2, 1) >= 0
    world.next_epoch(2)
    metagraph = subtensor.metagraph(2, lite=False)
    assert metagraph.incentive[2] > 0 and metagraph.W[1][2] > 0
    assert dict(subtensor.bonds(2))[1]


@check("weights: module errors reach the SDK")
def _():
    outcome = world.submit(
        validator,
        "SubtensorModule",
        "set_weights",
        sign_with="hotkey",
        netuid=2,
        dests=[2, 2],
        weights=[1, 2],
        version_key=0,
    )
    refused(outcome, "DuplicateUids")


@check("weights: hash commit, too early reveal, reveal")
def _():
    world.sudo("AdminUtils", "sudo_set_commit_reveal_weights_enabled", netuid=2, enabled=True)
    world.sudo("AdminUtils", "sudo_set_commit_reveal_weights_interval", netuid=2, interval=1)
    world.next_epoch(2)
    salt = [1, 2, 3, 4]
    response = must(
        subtensor.commit_weights(
            validator, 2, salt, [2, 3], [65_535, 30_000], version_key=0, wait_for_inclusion=True
        )
    )
    assert event(response, "SubtensorModule", "WeightsCommitted") is not None
    reveal = lambda: subtensor.reveal_weights(
        validator, 2, [2, 3], [65_535, 30_000], salt, version_key=0, max_attempts=1, wait_for_inclusion=True
    )
    refused(reveal(), "Custom error: 17")
    world.next_epoch(2)
    revealed = must(reveal())
    assert event(revealed, "SubtensorModule", "WeightsRevealed") is not None
    equal(dict(subtensor.weights(2))[1], [(2, 65_535), (3, 30_000)])


@check("weights: timelocked set_weights is committed (its reveal needs quicknet: see the quicknet part)")
def _():
    response = must(subtensor.set_weights(validator, 2, [2], [1.0], block_time=0.25))
    assert response.data["reveal_round"] > 0
    committed = event(response, "SubtensorModule", "TimelockedWeightsCommitted")
    equal(committed[0], hot(validator))
    pending = subtensor.get_timelocked_weight_commits(2)
    assert any(one[0] == hot(validator) and one[3] == response.data["reveal_round"] for one in pending), pending
    assert subtensor.last_drand_round() > 0


@check("delegation: take read, decrease, increase")
def _():
    close(subtensor.get_delegate_take(hot(validator)), 0.18)
    must(subtensor.set_delegate_take(validator, hot(validator), 0.05))
    close(subtensor.get_delegate_take(hot(validator)), 0.05)
    must(subtensor.set_delegate_take(validator, hot(validator), 0.1))
    close(subtensor.get_delegate_take(hot(validator)), 0.1)
    assert not subtensor.set_delegate_take(validator, hot(validator), 0.5).success
    assert subtensor.is_hotkey_delegate(hot(validator))
    assert hot(validator) in [one.hotkey_ss58 for one in subtensor.get_delegates()]
    equal(subtensor.get_delegate_by_hotkey(hot(validator)).owner_ss58, address(validator))
    assert subtensor.get_delegated(address(validator))


@check("children: set, pending, in force, parents")
def _():
    must(subtensor.root_set_pending_childkey_cooldown(alice, 1))
    must(subtensor.set_children(validator, 2, hot(validator), [(0.5, hot(miner))]))
    pending, due = subtensor.get_children_pending(hot(validator), 2)
    equal([child for _, child in pending], [hot(miner)])
    assert due > 0
    world.next_epoch(2)
    world.next_epoch(2)
    ok, children, _ = subtensor.get_children(hot(validator), 2)
    assert ok
    equal([child for _, child in children], [hot(miner)])
    close(children[0][0], 0.5)
    equal([parent for _, parent in subtensor.get_parents(hot(miner), 2)], [hot(validator)])
    refused(subtensor.set_children(miner, 2, hot(owner), []), "NonAssociatedColdKey")


@check("identity: of a coldkey and of a subnet")
def _():
    fields = dict.fromkeys(["github_repo", "image", "discord", "additional"], "")
    fields |= {"name": "Interop", "url": "https://example.org", "description": "checks"}
    must(world.submit(validator, "SubtensorModule", "set_identity", **fields))
    identity = subtensor.query_identity(address(validator))
    equal((identity.name, identity.url, identity.description), ("Interop", "https://example.org", "checks"))
    assert subtensor.get_delegate_identities()[address(validator)].name == "Interop"
    subnet_identity = SubnetIdentity(
        subnet_name="Checked",
        github_repo="https://example.org/repo",
        subnet_contact="a@example.org",
        subnet_url="https://example.org",
        logo_url="https://example.org/logo.png",
        discord="checked",
        description="a subnet under test",
        additional="",
    )
    must(subtensor.set_subnet_identity(owner, 2, subnet_identity))
    told = subtensor.subnet(2)
    equal(told.subnet_identity.subnet_name, "Checked")
    equal(told.subnet_name, "Checked")


@check("commitments: set, read one, all, metadata; a timelocked one is accepted")
def _():
    must(subtensor.set_commitment(miner, 2, "model v1"))
    equal(subtensor.get_commitment(2, 2), "model v1")
    equal(subtensor.get_all_commitments(2)[hot(miner)], "model v1")
    subtensor.get_commitment_metadata(2, hot(miner))
    subtensor.get_last_commitment_bonds_reset_block(2, 2)
    must(subtensor.set_reveal_commitment(miner, 2, "later", blocks_until_reveal=4, block_time=0.25))
    equal(subtensor.get_revealed_commitment(2, 2), None)
    subtensor.get_all_revealed_commitments(2)


@check("serving: axon, and axon with certificate")
def _():
    axon = bt.Axon(miner, port=8_091, ip="127.0.0.1", external_ip="8.8.4.4", external_port=8_091)
    must(subtensor.serve_axon(2, axon))
    told = subtensor.metagraph(2).axons[2]
    equal((told.ip, told.port, told.hotkey), ("8.8.4.4", 8_091, hot(miner)))
    world.sudo("AdminUtils", "sudo_set_serving_rate_limit", netuid=2, serving_rate_limit=0)
    other = bt.Axon(miner, port=8_092, ip="127.0.0.1", external_ip="8.8.8.8", external_port=8_092)
    must(subtensor.serve_axon(2, other, certificate="?" + "k" * 32))
    equal(subtensor.metagraph(2).axons[2].port, 8_092)
    certificate = subtensor.get_neuron_certificate(hot(miner), 2)
    assert certificate is not None, "no certificate"
    assert hot(miner) in subtensor.get_all_neuron_certificates(2)


@check("proxies: add, call through it, filtered call, remove")
def _():
    proxy = world.funded("proxy", 10)
    must(subtensor.add_proxy(validator, address(proxy), ProxyType.Staking, 0))
    found, deposit = subtensor.get_proxies_for_real_account(address(validator))
    equal([one.delegate for one in found], [address(proxy)])
    assert deposit.rao > 0
    assert address(validator) in subtensor.get_proxies()
    stake = world.call(
        "SubtensorModule", "add_stake", hotkey=hot(validator), netuid=2, amount_staked=TAO(1).rao
    )
    must(subtensor.proxy(proxy, address(validator), ProxyType.Staking, stake))
    transfer = world.call("Balances", "transfer_keep_alive", dest=address(proxy), value=TAO(1).rao)
    filtered = subtensor.proxy(proxy, address(validator), ProxyType.Staking, transfer)
    executed = event(filtered, "Proxy", "ProxyExecuted")
    assert "CallFiltered" in str(executed) or "Err" in str(executed), executed
    must(subtensor.remove_proxy(validator, address(proxy), ProxyType.Staking, 0))
    equal(subtensor.get_proxies_for_real_account(address(validator))[0], [])
    refused(subtensor.proxy(proxy, address(validator), ProxyType.Staking, stake), "NotProxy")


@check("proxies: announced call with delay, pure proxy, constants, filter")
def _():
    proxy = world.funded("announcer", 10)
    must(subtensor.add_proxy(validator, address(proxy), ProxyType.Any, 2))
    remark = world.call("System", "remark", remark="0x01")
    call_hash = "0x" + remark.call_hash.hex()
    must(subtensor.announce_proxy(proxy, address(validator), call_hash))
    equal(len(subtensor.get_proxy_announcement(address(proxy))), 1)
    assert address(proxy) in subtensor.get_proxy_announcements()
    world.blocks(3)
    must(subtensor.proxy_announced(proxy, address(proxy), address(validator), ProxyType.Any, remark))
    equal(subtensor.get_proxy_announcement(address(proxy)), [])
    must(subtensor.remove_proxies(validator))
    pure = must(subtensor.create_pure_proxy(proxy, ProxyType.Any, 0, 0))
    assert event(pure, "Proxy", "PureCreated") is not None
    assert subtensor.get_proxy_constants().MaxProxies > 0
    assert subtensor.get_proxy_types() and subtensor.get_proxy_filter()


@check("auto-stake: destination set and read")
def _():
    must(subtensor.set_auto_stake(miner, 2, hot(validator)))
    equal(subtensor.get_auto_stakes(address(miner))[2], hot(validator))


@check("root claims: dividends accrue and are claimed")
def _():
    for _ in range(3):
        world.next_epoch(2)
    rates = subtensor.get_root_claimable_all_rates(hot(validator))
    subtensor.get_root_claimable_rate(hot(validator), 2)
    before = subtensor.get_root_claimed(address(validator), hot(validator), 2)
    subtensor.get_root_claimable_stake(address(validator), hot(validator), 2)
    response = must(subtensor.claim_root(validator, [2]))
    assert event(response, "SubtensorModule", "RootClaimed") is not None
    after = subtensor.get_root_claimed(address(validator), hot(validator), 2)
    assert after.rao >= before.rao
    assert isinstance(rates, dict)


@check("mechanisms: count, emission split, weights of the second")
def _():
    world.sudo("AdminUtils", "sudo_set_max_allowed_uids", netuid=2, max_allowed_uids=128)
    world.sudo("AdminUtils", "sudo_set_mechanism_count", netuid=2, mechanism_count=2)
    equal(subtensor.get_mechanism_count(2), 2)
    world.sudo("AdminUtils", "sudo_set_mechanism_emission_split", netuid=2, maybe_split=[40_000, 25_535])
    assert len(subtensor.get_mechanism_emission_split(2)) == 2
    equal(int(subtensor.metagraph(2, mechid=1).n), 4)
    equal(subtensor.get_metagraph_info(2, mechid=1).netuid, 2)


@check("crowdloans: create, contribute, withdraw, cap, finalize")
def _():
    constants = subtensor.get_crowdloan_constants()
    assert int(constants.MinimumDeposit) > 0
    number = subtensor.get_crowdloan_next_id()
    end = subtensor.block + 2_000
    must(
        subtensor.create_crowdloan(
            owner, TAO(10), TAO(1), TAO(20), end, None, address(friend)
        )
    )
    equal(subtensor.get_crowdloan_by_id(number).cap.rao, TAO(20).rao)
    must(subtensor.contribute_crowdloan(miner, number, TAO(4)))
    equal(subtensor.get_crowdloan_contributions(number)[address(miner)].rao, TAO(4).rao)
    must(subtensor.withdraw_crowdloan(miner, number))
    must(subtensor.update_cap_crowdloan(owner, number, TAO(15)))
    must(subtensor.contribute_crowdloan(miner, number, TAO(5)))
    must(subtensor.finalize_crowdloan(owner, number))
    equal(subtensor.get_balance(address(friend)).rao, TAO(15).rao)
    assert len(subtensor.get_crowdloans()) >= 1


@check("coldkey swap: announce, read, too early, clear delay constants")
def _():
    leaver = world.funded("leaver", 50)
    target = world.wallet("target", "//Interop//target")
    must(subtensor.announce_coldkey_swap(leaver, address(target)))
    assert subtensor.get_coldkey_swap_announcement(address(leaver)) is not None
    assert subtensor.get_coldkey_swap_announcement_delay() > 0
    subtensor.get_coldkey_swap_reannouncement_delay()
    assert not subtensor.swap_coldkey_announced(leaver, address(target)).success
    must(subtensor.dispute_coldkey_swap(leaver))
    assert subtensor.get_coldkey_swap_dispute(address(leaver)) is not None


@check("batches: Utility.batch_all of two transfers, force_batch with a failing one")
def _():
    give = lambda tao: world.call("Balances", "transfer_keep_alive", dest=address(friend), value=TAO(tao).rao)
    response = must(world.submit(alice, "Utility", "batch_all", calls=[give(1), give(2)]))
    equal(len([one for one in events(response) if one[:2] == ("Balances", "Transfer")]), 2)
    partly = must(world.submit(alice, "Utility", "force_batch", calls=[give(1), give(10_000_000)]))
    assert event(partly, "Utility", "ItemFailed") is not None
    assert event(partly, "Utility", "BatchCompletedWithErrors") is not None


@check("locks: reads of a coldkey that has none")
def _():
    equal(subtensor.get_coldkey_lock(address(miner), 2), None)
    subtensor.get_stake_locks(address(miner), 2)
    subtensor.get_hotkey_conviction(hot(miner), 2)
    subtensor.is_perpetual_lock(address(miner), 2)


@check("reads that need nothing: identities, delegates, emissions, keys")
def _():
    subtensor.get_all_ema_tao_inflow()
    subtensor.get_stake_weight(2)
    subtensor.get_mev_shield_current_key()
    subtensor.get_mev_shield_next_key()
    subtensor.get_owner_hyperparam_rate_limit()
    subtensor.get_admin_freeze_window()
    subtensor.is_in_admin_freeze_window(2)
    subtensor.get_start_call_delay()
    subtensor.get_subnet_epoch_index(2)
    subtensor.get_pending_epoch_at(2)
    subtensor.get_last_epoch_block(2)
    subtensor.blocks_since_last_step(2)
    subtensor.filter_netuids_by_registered_hotkeys([0, 1, 2], [2], [validator], subtensor.block)
    subtensor.does_hotkey_exist(hot(validator))
    subtensor.query_map_subtensor("Tempo")
    subtensor.query_constant("SubtensorModule", "InitialTempo")
    subtensor.query_runtime_api("SubnetInfoRuntimeApi", "get_subnet_info_v2", [2])
    subtensor.query_module("System", "Account", [address(alice)])


@check("history: balance and metagraph at an older block")
def _():
    block = subtensor.block
    then = subtensor.get_balance(address(friend), block=block)
    must(subtensor.transfer(alice, address(friend), TAO(1)))
    equal(subtensor.get_balance(address(friend), block=block), then)
    assert subtensor.get_balance(address(friend)).rao > then.rao


@check("subnets dissolve: root call, the subnet is gone")
def _():
    second = world.funded("second", 20_000)
    response = must(subtensor.register_subnet(second))
    netuid = event(response, "SubtensorModule", "NetworkAdded")[0]
    world.sudo("SubtensorModule", "root_dissolve_network", netuid=netuid)
    world.blocks(3)
    assert not subtensor.subnet_exists(netuid)


check.finish()
