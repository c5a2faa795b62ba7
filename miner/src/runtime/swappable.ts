import type { Model } from "@subnetkit/shared/runtime/model-runtime";
import type { TextModel } from "@subnetkit/shared/runtime/text-model";

/** A handle behind which another model can be put while it is in use. */
export type Swappable<T> = {
  /** What the users hold: always the newest. Closing it closes the model that is behind it then. */
  readonly model: T;
  /** Every call from now on goes to `next`; resolves when the calls under way on the old one have ended and it is closed. */
  replace(next: T): Promise<void>;
};

type Closable = { close(): Promise<void> };
type Holder<T> = { readonly model: T; calls: number; onIdle: (() => void) | undefined };

/** Who is in use now, and how many calls each still has. */
function createHolders<T extends Closable>(first: T) {
  let current: Holder<T> = { model: first, calls: 0, onIdle: undefined };
  return {
    current: () => current.model,
    /** The newest model, held until `release` is called. */
    acquire: () => {
      const holder = current;
      holder.calls++;
      const release = (): void => {
        holder.calls--;
        if (holder.calls === 0) holder.onIdle?.();
      };
      return { model: holder.model, release };
    },
    replace: async (next: T): Promise<void> => {
      const old = current;
      current = { model: next, calls: 0, onIdle: undefined };
      if (old.calls > 0) {
        await new Promise<void>((resolve) => {
          old.onIdle = resolve;
        });
      }
      await old.model.close();
    },
  };
}

/** Puts a model of tensors behind a handle. */
export function createSwappable(first: Model): Swappable<Model> {
  const { current, acquire, replace } = createHolders(first);
  return {
    replace,
    model: {
      get inputs() {
        return current().inputs;
      },
      get outputs() {
        return current().outputs;
      },
      get provider() {
        return current().provider;
      },
      get sha256() {
        return current().sha256;
      },
      get anyRows() {
        return current().anyRows;
      },
      run: async (inputs, options) => {
        const { model, release } = acquire();
        try {
          return await model.run(inputs, options);
        } finally {
          release();
        }
      },
      close: () => current().close(),
    },
  };
}

/** Puts a model that writes text behind a handle; an answer is written to its end by the model that began it. */
export function createSwappableText(first: TextModel): Swappable<TextModel> {
  const { current, acquire, replace } = createHolders(first);
  return {
    replace,
    model: {
      get provider() {
        return current().provider;
      },
      get sha256() {
        return current().sha256;
      },
      generate: async function* (request, options) {
        const { model, release } = acquire();
        try {
          yield* model.generate(request, options);
        } finally {
          release();
        }
      },
      close: () => current().close(),
    },
  };
}
