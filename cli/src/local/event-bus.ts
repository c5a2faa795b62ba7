import { EVENT_VERSION, type EventFields, type EventType, type LocalEvent } from "./events.ts";

/** Everything that happens in a run, numbered, to whoever shows it. */
export type EventBus = {
  /** Sends an event; `at` only when it happened before now. */
  emit<T extends EventType>(type: T, fields: EventFields<T>, at?: Date): void;
  subscribe(listener: (event: LocalEvent) => void): void;
};

/** Makes the bus of one run. Listeners are called at once, in the order they subscribed. */
export function createEventBus(): EventBus {
  const listeners: ((event: LocalEvent) => void)[] = [];
  let seq = 0;
  return {
    emit(type, fields, at = new Date()) {
      seq += 1;
      const head = { v: EVENT_VERSION, seq, at: at.toISOString(), type };
      // Twice: first in the line, and not to be overwritten by what a child calls its fields.
      const event = { ...head, ...fields, ...head } as unknown as LocalEvent;
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
