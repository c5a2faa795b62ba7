/** Calls and per-block bookkeeping of System. Raw storage calls are root's tools, and so are upgrades to another version of this very runtime. */
import { blake2AsHex } from "@polkadot/util-crypto/blake2";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { RUNTIME_VERSION, system } from "../../../spec/pallets/system.ts";
import { CODE_KEY, rawKey } from "../../storage/state.ts";
import { defineRuntimePallet, ensureRoot, ensureSigned, type Origin } from "../pallet.ts";
import { runtimeCode } from "./code.ts";
import { applyAuthorizedUpgrade, authorizeUpgrade, setCode, validateAuthorizedUpgrade } from "./set-code.ts";
import { noteRuntimeUpgrade } from "./upgrade.ts";

const rootOnly = { pays: true, class: "Operational" } as const;

function asRoot(origin: Origin, work: () => void): void {
  ensureRoot(origin);
  work();
}

export const systemPallet = defineRuntimePallet<typeof system>({
  spec: system,
  genesis(ctx) {
    const version = RUNTIME_VERSION;
    ctx.state.putRaw(CODE_KEY, runtimeCode(version));
    ctx.state.put(system.storage.LastRuntimeUpgrade, [], {
      spec_version: version.spec_version,
      spec_name: version.spec_name,
    });
    ctx.state.put(system.storage.UpgradedToU32RefCount, [], true);
    ctx.state.put(system.storage.UpgradedToTripleRefCount, [], true);
  },
  onInitialize: noteRuntimeUpgrade,
  validateUnsigned: (ctx, { name, args }) =>
    name === "apply_authorized_upgrade" ? validateAuthorizedUpgrade(ctx, args["code"] as Uint8Array) : { type: "Call" },
  calls: {
    remark: {
      pays: true,
      weight: 10_000_000n,
      dispatch: (_ctx, origin) => void (origin.kind === "root" || ensureSigned(origin)),
    },
    remark_with_event: {
      pays: true,
      weight: 20_000_000n,
      dispatch(ctx, origin, { remark }) {
        ctx.emit(system, "Remarked", { sender: ensureSigned(origin), hash: blake2AsHex(remark, 256) });
      },
    },
    set_code: { ...rootOnly, dispatch: (ctx, origin, { code }) => asRoot(origin, () => setCode(ctx, code, true)) },
    set_code_without_checks: {
      ...rootOnly,
      dispatch: (ctx, origin, { code }) => asRoot(origin, () => setCode(ctx, code, false)),
    },
    authorize_upgrade: {
      ...rootOnly,
      dispatch: (ctx, origin, { code_hash }) => asRoot(origin, () => authorizeUpgrade(ctx, code_hash, true)),
    },
    authorize_upgrade_without_checks: {
      ...rootOnly,
      dispatch: (ctx, origin, { code_hash }) => asRoot(origin, () => authorizeUpgrade(ctx, code_hash, false)),
    },
    // Anyone may bring what root has authorised.
    apply_authorized_upgrade: { ...rootOnly, dispatch: (ctx, _origin, { code }) => applyAuthorizedUpgrade(ctx, code) },
    set_heap_pages: { ...rootOnly, dispatch: (_ctx, origin) => ensureRoot(origin) },
    set_storage: {
      ...rootOnly,
      dispatch(ctx, origin, { items }) {
        ensureRoot(origin);
        for (const [key, value] of items) ctx.state.putRaw(bytesToHex(key), value);
      },
    },
    kill_storage: {
      ...rootOnly,
      dispatch(ctx, origin, { keys }) {
        ensureRoot(origin);
        for (const key of keys) ctx.state.putRaw(bytesToHex(key), undefined);
      },
    },
    kill_prefix: {
      ...rootOnly,
      dispatch(ctx, origin, { prefix, subkeys }) {
        ensureRoot(origin);
        let left = subkeys;
        for (const key of [...ctx.state.keysRaw(rawKey(bytesToHex(prefix)))]) {
          if (left-- === 0) break;
          ctx.state.putRaw(key, undefined);
        }
      },
    },
  },
});
