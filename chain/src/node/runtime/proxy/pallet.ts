/**
 * Proxy: accounts that act for others. The call runs as the real account and is filtered by the proxy's type, also inside batches; its failure does
 * not fail the extrinsic but is told in ProxyExecuted (spec/subtensor-interface.md 2.5).
 */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import type { RuntimeCall } from "../../../spec/call.ts";
import type { CallArgs } from "../../../spec/define.ts";
import {
  type announcement,
  type proxyDefinition,
  type ProxyType,
  proxy,
  proxyType,
} from "../../../spec/pallets/proxy.ts";
import { accountId } from "../../../spec/scale/accounts.ts";
import { fixedBytes } from "../../../spec/scale/byte-strings.ts";
import { u16, u32 } from "../../../spec/scale/numbers.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { tuple } from "../../../spec/scale/structs.ts";
import { changeReserve, reserve, unreserve } from "../balances/reserve.ts";
import { callHash } from "../call-hash.ts";
import { lookup } from "../lookup.ts";
import { type AccountId, type Ctx, defineRuntimePallet, ensureSigned, moduleError } from "../pallet.ts";
import { isSuperset, proxyAllows } from "./allowed.ts";
import { proxyFilterApi } from "./apis.ts";

const S = proxy.storage;
const {
  AnnouncementDepositBase,
  AnnouncementDepositFactor,
  MaxPending,
  MaxProxies,
  ProxyDepositBase,
  ProxyDepositFactor,
} = proxy.constants;

type Definition = ValueOf<typeof proxyDefinition>;
type Announcement = ValueOf<typeof announcement>;
type ProxyError = (typeof proxy.errors)[number];

function ensure(condition: boolean, error: ProxyError): asserts condition {
  if (!condition) throw moduleError(proxy, error);
}

/** Proxies, announcements and pure accounts. */
export const proxyPallet = defineRuntimePallet<typeof proxy>({
  spec: proxy,
  runtimeApis: { ProxyFilterRuntimeApi: proxyFilterApi },
  feePayer: realPayer,
  calls: {
    proxy: {
      pays: true,
      weight: 800_000_000n,
      dispatch(ctx, origin, { real, force_proxy_type, call }) {
        const who = ensureSigned(origin);
        const account = lookup(real);
        const found = findProxy(ctx, account, who, force_proxy_type);
        ensure(found.delay === 0, "Unannounced");
        execute(ctx, found, account, call);
      },
    },
    add_proxy: {
      pays: true,
      dispatch(ctx, origin, args) {
        addProxy(ctx, ensureSigned(origin), { ...args, delegate: lookup(args.delegate) });
      },
    },
    remove_proxy: {
      pays: true,
      dispatch(ctx, origin, args) {
        removeProxy(ctx, ensureSigned(origin), { ...args, delegate: lookup(args.delegate) });
      },
    },
    remove_proxies: {
      pays: true,
      dispatch(ctx, origin) {
        const who = ensureSigned(origin);
        const [, deposit] = ctx.state.get(S.Proxies, who);
        ctx.state.kill(S.Proxies, who);
        ctx.state.killPrefix(S.RealPaysFee, who);
        unreserve(ctx, who, deposit);
      },
    },
    create_pure: {
      pays: true,
      dispatch(ctx, origin, { proxy_type, delay, index }) {
        const who = ensureSigned(origin);
        const pure = pureAccount(who, ctx.block.number, ctx.extrinsicIndex, proxy_type, index);
        ensure(!ctx.state.has(S.Proxies, pure), "Duplicate");
        const deposit = proxyDeposit(1);
        reserve(ctx, who, deposit);
        ctx.state.put(S.Proxies, [pure], [[{ delegate: who, proxy_type, delay }], deposit]);
        ctx.emit(proxy, "PureCreated", { pure, who, proxy_type, disambiguation_index: index });
      },
    },
    kill_pure: {
      pays: true,
      dispatch(ctx, origin, args) {
        const who = ensureSigned(origin);
        const spawner = lookup(args.spawner);
        const { proxy_type, index } = args;
        ensure(pureAccount(spawner, args.height, args.ext_index, proxy_type, index) === who, "NoPermission");
        const [, deposit] = ctx.state.get(S.Proxies, who);
        ctx.state.kill(S.Proxies, who);
        ctx.state.killPrefix(S.RealPaysFee, who);
        unreserve(ctx, spawner, deposit);
        ctx.emit(proxy, "PureKilled", { pure: who, spawner, proxy_type, disambiguation_index: index });
      },
    },
    announce: {
      pays: true,
      dispatch(ctx, origin, args) {
        announce(ctx, ensureSigned(origin), lookup(args.real), args.call_hash);
      },
    },
    remove_announcement: {
      pays: true,
      dispatch(ctx, origin, args) {
        const who = ensureSigned(origin);
        const real = lookup(args.real);
        const taken = takeAnnouncements(ctx, who, (one) => one.real === real && one.call_hash === args.call_hash);
        ensure(taken, "NotFound");
      },
    },
    reject_announcement: {
      pays: true,
      dispatch(ctx, origin, args) {
        const who = ensureSigned(origin);
        const delegate = lookup(args.delegate);
        const taken = takeAnnouncements(ctx, delegate, (one) => one.real === who && one.call_hash === args.call_hash);
        ensure(taken, "NotFound");
      },
    },
    proxy_announced: {
      pays: true,
      weight: 800_000_000n,
      dispatch(ctx, origin, { delegate, real, force_proxy_type, call }) {
        ensureSigned(origin);
        const [proxied, account] = [lookup(delegate), lookup(real)];
        const found = findProxy(ctx, account, proxied, force_proxy_type);
        const hash = callHash(call);
        const due = ({ real: of, call_hash, height }: Announcement): boolean =>
          of === account && call_hash === hash && ctx.block.number - height >= found.delay;
        ensure(takeAnnouncements(ctx, proxied, due), "Unannounced");
        execute(ctx, found, account, call);
      },
    },
    poke_deposit: {
      pays: true,
      dispatch(ctx, origin) {
        pokeDeposits(ctx, ensureSigned(origin));
      },
    },
    set_real_pays_fee: {
      pays: true,
      dispatch(ctx, origin, { delegate, pays_fee }) {
        const real = ensureSigned(origin);
        const account = lookup(delegate);
        findProxy(ctx, real, account, undefined);
        if (pays_fee) ctx.state.put(S.RealPaysFee, [real, account], undefined);
        else ctx.state.kill(S.RealPaysFee, real, account);
        ctx.emit(proxy, "RealPaysFeeSet", { real, delegate: account, pays_fee });
      },
    },
  },
});

/** Account without a key that `who` makes in an extrinsic: Blake2-256 of the pallet's mark, the maker, block, extrinsic, type and index. */
export function pureAccount(
  who: AccountId,
  height: number,
  extrinsic: number,
  type: ProxyType,
  index: number,
): AccountId {
  const mark = new TextEncoder().encode("modlpy/proxy____");
  return bytesToHex(blake2b256(pureSeed.enc([mark, who, height, extrinsic, type, index])));
}
const pureSeed = tuple(fixedBytes(16), accountId, u32, u32, proxyType, u16);

function findProxy(ctx: Ctx, real: AccountId, delegate: AccountId, type: ProxyType | undefined): Definition {
  const [proxies] = ctx.state.get(S.Proxies, real);
  const found = proxies.find(
    (one) => one.delegate === delegate && (type === undefined || one.proxy_type.type === type.type),
  );
  ensure(found !== undefined, "NotProxy");
  return found;
}

function execute(ctx: Ctx, { proxy_type: type }: Definition, real: AccountId, call: RuntimeCall): void {
  const filter = (inner: RuntimeCall): boolean => mayEditProxies(type, inner) && proxyAllows(type, inner);
  const result = ctx.dispatch(call, { kind: "signed", who: real, filter });
  ctx.state.put(S.LastCallResult, [real], result);
  ctx.emit(proxy, "ProxyExecuted", { result });
}

/** A proxy gives no more than it has: only Any ends all proxies or a pure account. */
function mayEditProxies(type: ProxyType, call: RuntimeCall): boolean {
  if (call.pallet !== proxy.name) return true;
  switch (call.name) {
    case "add_proxy":
    case "remove_proxy":
      return isSuperset(type, (call.args as CallArgs<typeof proxy, "add_proxy">).proxy_type);
    case "remove_proxies":
    case "kill_pure":
      return type.type === "Any";
    default:
      return true;
  }
}

/** Makes an account a proxy of another, for a deposit of the latter. */
export function addProxy(ctx: Ctx, delegator: AccountId, added: Definition): void {
  ensure(delegator !== added.delegate, "NoSelfProxy");
  const [proxies, deposit] = ctx.state.get(S.Proxies, delegator);
  ensure(!proxies.some((one) => same(one, added)), "Duplicate");
  ensure(proxies.length < MaxProxies.value, "TooMany");
  const next = [...proxies, added].sort(compare);
  const newDeposit = proxyDeposit(next.length);
  changeReserve(ctx, delegator, deposit, newDeposit);
  ctx.state.put(S.Proxies, [delegator], [next, newDeposit]);
  ctx.emit(proxy, "ProxyAdded", told(delegator, added));
}

/** Ends a proxy and frees its deposit. */
export function removeProxy(ctx: Ctx, delegator: AccountId, removed: Definition): void {
  const [proxies, deposit] = ctx.state.get(S.Proxies, delegator);
  const next = proxies.filter((one) => !same(one, removed));
  ensure(next.length < proxies.length, "NotFound");
  const newDeposit = proxyDeposit(next.length);
  changeReserve(ctx, delegator, deposit, newDeposit);
  if (next.length === 0) ctx.state.kill(S.Proxies, delegator);
  else ctx.state.put(S.Proxies, [delegator], [next, newDeposit]);
  ctx.state.kill(S.RealPaysFee, delegator, removed.delegate);
  ctx.emit(proxy, "ProxyRemoved", told(delegator, removed));
}

function announce(ctx: Ctx, who: AccountId, real: AccountId, hash: string): void {
  const [proxies] = ctx.state.get(S.Proxies, real);
  ensure(
    proxies.some(({ delegate }) => delegate === who),
    "NotProxy",
  );
  const [pending, deposit] = ctx.state.get(S.Announcements, who);
  ensure(pending.length < MaxPending.value, "TooMany");
  const next = [...pending, { real, call_hash: hash, height: ctx.block.number }];
  const newDeposit = announcementDeposit(next.length);
  changeReserve(ctx, who, deposit, newDeposit);
  ctx.state.put(S.Announcements, [who], [next, newDeposit]);
  ctx.emit(proxy, "Announced", { real, proxy: who, call_hash: hash });
}

/** Removes the announcements that match and frees their deposit; false when none does. */
function takeAnnouncements(ctx: Ctx, who: AccountId, matches: (one: Announcement) => boolean): boolean {
  const [pending, deposit] = ctx.state.get(S.Announcements, who);
  const next = pending.filter((one) => !matches(one));
  if (next.length === pending.length) return false;
  const newDeposit = announcementDeposit(next.length);
  changeReserve(ctx, who, deposit, newDeposit);
  if (next.length === 0) ctx.state.kill(S.Announcements, who);
  else ctx.state.put(S.Announcements, [who], [next, newDeposit]);
  return true;
}

function pokeDeposits(ctx: Ctx, who: AccountId): void {
  const [proxies, proxiesDeposit] = ctx.state.get(S.Proxies, who);
  const [pending, pendingDeposit] = ctx.state.get(S.Announcements, who);
  const [newProxies, newPending] = [proxyDeposit(proxies.length), announcementDeposit(pending.length)];
  if (newProxies !== proxiesDeposit) {
    changeReserve(ctx, who, proxiesDeposit, newProxies);
    ctx.state.put(S.Proxies, [who], [proxies, newProxies]);
    const kind = { type: "Proxies" } as const;
    ctx.emit(proxy, "DepositPoked", { who, kind, old_deposit: proxiesDeposit, new_deposit: newProxies });
  }
  if (newPending !== pendingDeposit) {
    changeReserve(ctx, who, pendingDeposit, newPending);
    ctx.state.put(S.Announcements, [who], [pending, newPending]);
    const kind = { type: "Announcements" } as const;
    ctx.emit(proxy, "DepositPoked", { who, kind, old_deposit: pendingDeposit, new_deposit: newPending });
  }
}

/** The real account of a proxied call, where it chose to pay for this proxy. */
function realPayer(ctx: Ctx, who: AccountId, call: RuntimeCall): AccountId | undefined {
  if (call.pallet !== proxy.name || (call.name !== "proxy" && call.name !== "proxy_announced")) return undefined;
  const { real } = call.args as CallArgs<typeof proxy, "proxy">;
  return real.type === "Id" && ctx.state.has(S.RealPaysFee, real.value, who) ? real.value : undefined;
}

function proxyDeposit(count: number): bigint {
  return count === 0 ? 0n : ProxyDepositBase.value + ProxyDepositFactor.value * BigInt(count);
}

function announcementDeposit(count: number): bigint {
  return count === 0 ? 0n : AnnouncementDepositBase.value + AnnouncementDepositFactor.value * BigInt(count);
}

const same = (a: Definition, b: Definition): boolean => compare(a, b) === 0;

/** The runtime's order: delegate, type, delay. */
function compare(a: Definition, b: Definition): number {
  if (a.delegate !== b.delegate) return a.delegate < b.delegate ? -1 : 1;
  return typeIndex(a.proxy_type) - typeIndex(b.proxy_type) || a.delay - b.delay;
}

const typeIndex = (type: ProxyType): number => proxyType.enc(type)[0] ?? 0;

function told(delegator: AccountId, { delegate, proxy_type, delay }: Definition) {
  return { delegator, delegatee: delegate, proxy_type, delay };
}
