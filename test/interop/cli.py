"""btcli against the development chain, as a user types it: `python cli.py ws://127.0.0.1:PORT`."""

import json
import os
import subprocess
import sys
import time

from bittensor_cli import __version_as_int__ as BTCLI_VERSION

from harness import TAO, Checks, World, close, equal, must

check = Checks("btcli")
world = World(sys.argv[1])
subtensor = world.subtensor
owner = world.funded("cliowner", 20_000)
member = world.funded("climember", 5_000)
other = world.funded("cliother", 100)
BTCLI = os.path.join(os.path.dirname(sys.executable), "btcli")
# Registers, serves and stakes in quick succession need none of the real network's waits.
world.sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)
world.sudo("AdminUtils", "sudo_set_owner_hparam_rate_limit", epochs=0)
world.sudo("AdminUtils", "sudo_set_tx_rate_limit", tx_rate_limit=0)
world.sudo("AdminUtils", "sudo_set_tx_delegate_take_rate_limit", tx_rate_limit=0)
world.sudo("AdminUtils", "sudo_set_subtoken_enabled", netuid=0, subtoken_enabled=True)
world.sudo("AdminUtils", "sudo_set_subtoken_enabled", netuid=1, subtoken_enabled=True)


def address(wallet):
    return wallet.coldkeypub.ss58_address


def hot(wallet):
    return wallet.hotkey.ss58_address


def run(*arguments, wallet=None, network=True, columns=200, typed=""):
    """Runs btcli; its standard output. Fails on a non-zero exit code. `typed` is what the user types."""
    words = [BTCLI, *map(str, arguments)]
    if network:
        words += ["--network", world.url]
    if wallet is not None:
        words += ["--wallet-path", world.wallet_path, "--wallet-name", wallet.name, "--hotkey", wallet.hotkey_str]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=120, env={**os.environ, "COLUMNS": str(columns)}, input=typed
    )
    # An error comes in a box as wide as the screen.
    said = f"{done.stdout}\n{done.stderr}".replace("─", "").replace("  ", "")
    assert done.returncode == 0, f"{' '.join(words)}\n{said}"
    return done.stdout


def answer(*arguments, **options):
    """Runs btcli with --json-output; the parsed answer."""
    # A line is broken at the width of the screen, also inside a JSON string.
    text = run(*arguments, "--json-output", columns=1_000_000, **options)
    start = min((index for index in (text.find("{"), text.find("[")) if index >= 0), default=-1)
    assert start >= 0, f"no JSON in {text!r}"
    return json.JSONDecoder().raw_decode(text[start:])[0]


def done(outcome):
    """The answer of a command that had to succeed."""
    assert outcome.get("success") is True, outcome
    return outcome


@check("subnets create, check-start, start")
def _():
    made = done(
        answer(
            "subnets", "create", "--subnet-name", "Cli", "--description", "made by btcli", "--repo",
            "https://github.com/example/cli", "--email", "a@example.org", "--url", "https://example.org", "--discord", "cli",
            "--logo-url", "https://example.org/l.png", "--additional-info", "none", "--no-mev-protection",
            "--no-prompt", wallet=owner,
        )
    )  # fmt: skip
    world.netuid = made["netuid"]
    equal(subtensor.subnet(world.netuid).owner_coldkey, address(owner))
    run("subnets", "check-start", "--netuid", world.netuid)
    run("subnets", "start", "--netuid", world.netuid, "--no-prompt", wallet=owner)
    assert subtensor.is_subnet_active(world.netuid)
    world.hold_epochs(world.netuid)


@check("subnets register")
def _():
    done(answer("subnets", "register", "--netuid", world.netuid, "--no-prompt", wallet=member))
    equal(subtensor.get_uid_for_hotkey_on_subnet(hot(member), world.netuid), 1)


@check("subnets list")
def _():
    listed = answer("subnets", "list")
    assert str(world.netuid) in listed["subnets"], listed
    run("subnets", "list")


@check("subnets show: a subnet, and root")
def _():
    shown = answer("subnets", "show", "--netuid", world.netuid, "--no-prompt")
    equal([one["hotkey"] for one in shown["uids"]], [hot(owner), hot(member)])
    run("subnets", "show", "--netuid", world.netuid, "--no-prompt")
    run("subnets", "show", "--netuid", 0, "--no-prompt")


@check("subnets metagraph")
def _():
    run("subnets", "metagraph", "--netuid", world.netuid, "--no-prompt")


@check("subnets hyperparameters")
def _():
    told = answer("subnets", "hyperparameters", "--netuid", world.netuid)
    by_name = {one["hyperparameter"]: one["value"] for one in told}
    equal(by_name["tempo"], subtensor.tempo(world.netuid))
    run("subnets", "hyperparameters", "--netuid", world.netuid)


@check("subnets burn-cost, price, mechanisms, get-identity")
def _():
    # The price falls with every block.
    close(int(answer("subnets", "burn-cost")["burn_cost"]["rao"]), subtensor.get_subnet_burn_cost().rao, 1e-2)
    answer("subnets", "price", "--netuids", world.netuid, "--current")
    answer("subnets", "mechanisms", "count", "--netuid", world.netuid)
    answer("subnets", "mechanisms", "emissions", "--netuid", world.netuid)
    equal(answer("subnets", "get-identity", "--netuid", world.netuid)["subnet_name"], "Cli")


@check("wallet balance, overview, list")
def _():
    told = answer("wallet", "balance", "--ss58", address(member))
    close(list(told["balances"].values())[0]["free"], subtensor.get_balance(address(member)).tao)
    answer("wallet", "balance", wallet=member)
    overview = answer("wallet", "overview", wallet=member)
    assert str(world.netuid) in json.dumps(overview)
    run("wallet", "overview", wallet=member)
    run("wallet", "list", "--wallet-path", world.wallet_path, network=False)


@check("wallet transfer")
def _():
    before = subtensor.get_balance(address(other))
    done(answer("wallet", "transfer", "--dest", address(other), "--amount", 7, "--no-prompt", wallet=member))
    equal((subtensor.get_balance(address(other)) - before).rao, TAO(7).rao)


@check("wallet transfer of more than there is: refused")
def _():
    outcome = answer("wallet", "transfer", "--dest", address(other), "--amount", 10_000_000, "--no-prompt", wallet=member)
    assert outcome.get("success") is False, outcome


@check("stake add: safe, and without protection")
def _():
    where = ["--netuid", world.netuid, "-in", hot(member), "--no-mev-protection", "--no-prompt"]
    answer("stake", "add", "--amount", 20, *where, "--safe", "--tolerance", 0.5, "--no-partial", wallet=member)
    first = subtensor.get_stake(address(member), hot(member), world.netuid)
    assert first.rao > 0
    answer("stake", "add", "--amount", 10, *where, "--unsafe", wallet=member)
    assert subtensor.get_stake(address(member), hot(member), world.netuid) > first
    answer(
        "stake", "add", "--amount", 300, "--netuid", 0, "-in", hot(member), "--no-mev-protection", "--no-prompt",
        "--unsafe", wallet=member,
    )  # fmt: skip
    close(subtensor.get_stake(address(member), hot(member), 0).tao, 300)


@check("stake list")
def _():
    listed = answer("stake", "list", wallet=member)
    assert hot(member) in json.dumps(listed)
    run("stake", "list", "--no-prompt", wallet=member)


@check("stake remove: part, safe")
def _():
    before = subtensor.get_stake(address(member), hot(member), world.netuid)
    answer(
        "stake", "remove", "--netuid", world.netuid, "--amount", 2, "-in", hot(member), "--safe", "--tolerance", 0.5,
        "--no-partial", "--no-mev-protection", "--no-prompt", wallet=member,
    )  # fmt: skip
    close(before.tao - subtensor.get_stake(address(member), hot(member), world.netuid).tao, 2)


@check("stake move, swap plain and safe, transfer")
def _():
    common = ["--no-mev-protection", "--no-prompt"]
    done(
        answer(
            "stake", "move", "--from", hot(member), "--to", hot(owner), "--origin-netuid", world.netuid,
            "--dest-netuid", world.netuid, "--amount", 2, *common, "--network", world.url, "--wallet-path",
            world.wallet_path, "--wallet-name", member.name, network=False,
        )
    )  # fmt: skip
    close(subtensor.get_stake(address(member), hot(owner), world.netuid).tao, 2)
    done(
        answer(
            "stake", "swap", "--origin-netuid", world.netuid, "--dest-netuid", 1, "--amount", 1, "--unsafe", *common, wallet=member
        )
    )
    first = subtensor.get_stake(address(member), hot(member), 1)
    assert first.rao > 0
    done(
        answer(
            "stake", "swap", "--origin-netuid", world.netuid, "--dest-netuid", 1, "--amount", 1, "--safe", "--tolerance", 0.5,
            *common, wallet=member,
        )
    )  # fmt: skip
    assert subtensor.get_stake(address(member), hot(member), 1) > first
    done(
        answer(
            "stake", "transfer", "--origin-netuid", world.netuid, "--dest-netuid", world.netuid, "--dest",
            address(other), "--amount", 1, *common, wallet=member,
        )
    )  # fmt: skip
    close(subtensor.get_stake(address(other), hot(member), world.netuid).tao, 1)


@check("sudo get, and set as owner")
def _():
    answer("sudo", "get", "--netuid", world.netuid)
    done(
        answer(
            "sudo", "set", "--netuid", world.netuid, "--param", "immunity_period", "--value", 123, "--no-prompt", wallet=owner
        )
    )
    equal(subtensor.get_subnet_hyperparameters(world.netuid).immunity_period, 123)


@check("sudo set by a stranger: refused")
def _():
    outcome = answer(
        "sudo", "set", "--netuid", world.netuid, "--param", "immunity_period", "--value", 5, "--no-prompt", wallet=other
    )
    assert outcome.get("success") is False, outcome


@check("sudo get-take, set-take")
def _():
    answer("sudo", "get-take", wallet=member)
    done(answer("sudo", "set-take", "--take", 0.09, wallet=member))
    close(subtensor.get_delegate_take(hot(member)), 0.09)


@check("stake child set, get, take, revoke")
def _():
    where = ["--netuid", world.netuid]
    pending = lambda: [child for _, child in subtensor.get_children_pending(hot(member), world.netuid)[0]]
    answer(
        "stake", "child", "set", "--children", hot(owner), "--prop", 0.5, *where, "--no-prompt", wallet=member
    )
    equal(pending(), [hot(owner)])
    run("stake", "child", "get", *where, wallet=member)
    answer("stake", "child", "take", "--take", 0.11, *where, "--no-prompt", wallet=member)
    taken = subtensor.query_subtensor("ChildkeyTake", params=[hot(member), world.netuid])
    close(int(getattr(taken, "value", taken)) / 65_535, 0.11)
    must(subtensor.root_set_pending_childkey_cooldown(world.alice, 1))
    world.sudo("AdminUtils", "sudo_set_tempo", netuid=world.netuid, tempo=360)
    world.next_epoch(world.netuid)
    world.next_epoch(world.netuid)
    equal([child for _, child in subtensor.get_children(hot(member), world.netuid)[1]], [hot(owner)])
    answer("stake", "child", "revoke", *where, "--no-prompt", wallet=member)
    world.next_epoch(world.netuid)
    world.next_epoch(world.netuid)
    equal(subtensor.get_children(hot(member), world.netuid)[1], [])


@check("root: claim type, dividends claimed; auto-stake set and shown")
def _():
    done(answer("stake", "set-claim", "keep", "--no-prompt", wallet=member))
    equal(subtensor.get_root_claim_type(address(member)), "Keep")
    answer("stake", "process-claim", "--netuids", world.netuid, "--no-prompt", wallet=member)
    run(
        "stake", "set-auto", "--netuid", world.netuid, "--no-prompt", "--network", world.url, "--wallet-path",
        world.wallet_path, "--wallet-name", member.name, network=False, typed=hot(owner) + "\n",
    )  # fmt: skip
    equal(subtensor.get_auto_stakes(address(member))[world.netuid], hot(owner))
    run("stake", "auto", "--ss58", address(member))


@check("weights reveal, of a hash that the SDK committed")
def _():
    world.sudo("AdminUtils", "sudo_set_weights_set_rate_limit", netuid=world.netuid, weights_set_rate_limit=0)
    world.sudo("AdminUtils", "sudo_set_commit_reveal_weights_enabled", netuid=world.netuid, enabled=True)
    world.sudo("AdminUtils", "sudo_set_commit_reveal_weights_interval", netuid=world.netuid, interval=1)
    # The epoch after the commit is long enough for btcli to start in it.
    world.next_epoch(world.netuid)
    salt = [1, 2, 3, 4, 5, 6, 7, 8]
    must(
        subtensor.commit_weights(
            member, world.netuid, salt, [0, 1], [32_768, 65_535], version_key=BTCLI_VERSION, wait_for_inclusion=True
        )
    )
    world.next_epoch(world.netuid)
    done(
        answer(
            "weights", "reveal", "--netuid", world.netuid, "--uids", "0,1", "--weights", "0.5,1.0", "--salt",
            ",".join(map(str, salt)), "--no-prompt", wallet=member,
        )
    )  # fmt: skip
    # btcli does not wait for the block.
    for _ in range(40):
        if row := dict(subtensor.weights(world.netuid)).get(1):
            break
        time.sleep(0.25)
    equal(row, [(0, 32_768), (1, 65_535)])


check.skip(
    "weights commit",
    "every btcli up to 9.23.2, the last one, reads SubtensorModule.get_commit_reveal_weights_enabled; the item is CommitRevealWeightsEnabled",
)
check.skip("commitments, certificates, timelocked weights", "btcli has no command for them; the SDK's checks have them")


@check("subnets set-identity")
def _():
    done(
        answer(
            "subnets", "set-identity", "--netuid", world.netuid, "--subnet-name", "Renamed", "--github-repo",
            "https://github.com/example/cli", "--subnet-contact", "a@example.org", "--subnet-url", "https://example.org",
            "--discord", "cli", "--description", "renamed by btcli", "--logo-url", "https://example.org/l.png",
            "--additional-info", "none", "--no-prompt", wallet=owner,
        )
    )  # fmt: skip
    equal(subtensor.subnet(world.netuid).subnet_name, "Renamed")


@check("wallet set-identity, get-identity")
def _():
    done(
        answer(
            "wallet", "set-identity", "--id-name", "CliName", "--web-url", "https://example.org", "--image-url",
            "https://example.org/i.png", "--discord", "cli", "--description", "d", "--additional", "a", "--github",
            "https://github.com/example/cli", "--no-prompt", wallet=member,
        )
    )  # fmt: skip
    equal(subtensor.query_identity(address(member)).name, "CliName")
    told = answer("wallet", "get-identity", "--key", address(member))
    equal(told["name"], "CliName")


@check("proxy add, use with --proxy, remove")
def _():
    answer("proxy", "add", "--delegate", address(other), "--proxy-type", "Any", "--delay", 0, "--no-prompt", wallet=member)
    equal([one.delegate for one in subtensor.get_proxies_for_real_account(address(member))[0]], [address(other)])
    before = subtensor.get_balance(address(owner))
    done(
        answer(
            "wallet", "transfer", "--dest", address(owner), "--amount", 1, "--proxy", address(member), "--no-prompt",
            wallet=other,
        )
    )  # fmt: skip
    equal((subtensor.get_balance(address(owner)) - before).rao, TAO(1).rao)
    answer("proxy", "remove", "--delegate", address(other), "--proxy-type", "Any", "--delay", 0, "--no-prompt", wallet=member)
    equal(subtensor.get_proxies_for_real_account(address(member))[0], [])


@check("axon set")
def _():
    # btcli 9.23.2 takes --no-prompt for --prompt here, and refuses it together with --json-output.
    run("axon", "set", "--netuid", world.netuid, "--ip", "8.8.4.4", "--port", 8_091, "--no-prompt", wallet=member)
    equal(subtensor.metagraph(world.netuid).axons[1].ip, "8.8.4.4")


@check("axon reset")
def _():
    world.sudo("AdminUtils", "sudo_set_serving_rate_limit", netuid=world.netuid, serving_rate_limit=0)
    run("axon", "reset", "--netuid", world.netuid, "--no-prompt", wallet=member)
    assert subtensor.metagraph(world.netuid).axons[1].ip != "8.8.4.4"


@check("proxy create: a pure proxy")
def _():
    answer("proxy", "create", "--proxy-type", "Any", "--delay", 0, "--index", 0, "--no-prompt", wallet=member)


@check("crowd list")
def _():
    answer("crowd", "list")


check.finish()
