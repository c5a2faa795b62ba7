import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import type { SubtensorError } from "../errors.ts";
import { fail } from "../errors.ts";
import { uidOf } from "../state/neurons.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

const IP_V4 = 4;
const IP_V6 = 6;
const LOOPBACK_V4 = 0x7f00_0001n;
const LOOPBACK_V6 = 1n;
const BROADCAST_V4 = 0xffff_ffffn;
const ALL_ONES_V6 = (1n << 128n) - 1n;
/** A certificate is one algorithm byte and up to 64 key bytes. */
const MAX_KEY_BYTES = 64;

/** Endpoints of a hotkey (spec/subtensor-interface.md 2.3). */
export const servingCalls = {
  serve_axon: {
    pays: false,
    dispatch(ctx, origin, args) {
      serveAxon(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"serve_axon">>,
  serve_axon_tls: {
    pays: false,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      serveAxon(ctx, who, args, args.certificate);
    },
  } satisfies CallImpl<Args<"serve_axon_tls">>,
  serve_prometheus: {
    pays: false,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      refuse(prometheusProblem(ctx, who, args));
      const { netuid, version, ip, port, ip_type } = args;
      ctx.state.put(S.Prometheus, [netuid, who], { block: BigInt(ctx.block.number), version, ip, port, ip_type });
      ctx.emit(subtensorModule, "PrometheusServed", [netuid, who]);
    },
  } satisfies CallImpl<Args<"serve_prometheus">>,
};

function serveAxon(ctx: Ctx, who: string, args: Args<"serve_axon">, certificate?: Uint8Array): void {
  refuse(axonProblem(ctx, who, args));
  const { netuid, version, ip, port, ip_type, protocol, placeholder1, placeholder2 } = args;
  if (certificate !== undefined && certificate.length > 1 && certificate.length <= MAX_KEY_BYTES + 1) {
    ctx.state.put(S.NeuronCertificates, [netuid, who], {
      algorithm: certificate[0] as number,
      public_key: certificate.slice(1),
    });
  }
  ctx.state.put(S.Axons, [netuid, who], {
    block: BigInt(ctx.block.number),
    version,
    ip,
    port,
    ip_type,
    protocol,
    placeholder1,
    placeholder2,
  });
  ctx.emit(subtensorModule, "AxonServed", [netuid, who]);
}

function refuse(problem: SubtensorError | undefined): void {
  if (problem !== undefined) fail(problem);
}

/** First check an axon fails, in the chain's order; undefined when it may be served. The guard asks the same. */
export function axonProblem(ctx: Ctx, who: string, args: Args<"serve_axon">): SubtensorError | undefined {
  const { state } = ctx;
  if (uidOf(state, args.netuid, who) === undefined) return "HotKeyNotRegisteredInNetwork";
  if (args.ip_type !== IP_V4 && args.ip_type !== IP_V6) return "InvalidIpType";
  if (!validIp(args.ip_type, args.ip)) return "InvalidIpAddress";
  if (!mayServeAgain(ctx, args.netuid, state.get(S.Axons, args.netuid, who)?.block)) return "ServingRateLimitExceeded";
  return args.port === 0 ? "InvalidPort" : undefined;
}

/** First check a Prometheus endpoint fails; unlike an axon it needs an address other than 0. */
export function prometheusProblem(ctx: Ctx, who: string, args: Args<"serve_prometheus">): SubtensorError | undefined {
  const { state } = ctx;
  if (args.ip_type !== IP_V4 && args.ip_type !== IP_V6) return "InvalidIpType";
  if (args.ip === 0n || !validIp(args.ip_type, args.ip)) return "InvalidIpAddress";
  if (uidOf(state, args.netuid, who) === undefined) return "HotKeyNotRegisteredInNetwork";
  if (!mayServeAgain(ctx, args.netuid, state.get(S.Prometheus, args.netuid, who)?.block))
    return "ServingRateLimitExceeded";
  return args.port === 0 ? "InvalidPort" : undefined;
}

/** 0 and private ranges pass; loopback and all ones do not. */
function validIp(type: number, ip: bigint): boolean {
  return type === IP_V4 ? ip < BROADCAST_V4 && ip !== LOOPBACK_V4 : ip < ALL_ONES_V6 && ip !== LOOPBACK_V6;
}

function mayServeAgain(ctx: Ctx, netuid: number, last: bigint | undefined): boolean {
  if (ctx.rules.lifts("serving")) return true;
  const limit = ctx.state.get(S.ServingRateLimit, netuid);
  return limit === 0n || (last ?? 0n) === 0n || BigInt(ctx.block.number) - (last ?? 0n) >= limit;
}
