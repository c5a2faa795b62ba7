/** A value that is there, or promised. */
export type Later<T> = T | Promise<T>;

/**
 * Goes on with a value at once where it is there, else as soon as it is. For stages that hardly ever wait: as async functions each of them would cost a
 * promise and a turn of the microtask queue for nothing.
 */
export function whenReady<T, R>(value: Later<T>, next: (value: T) => Later<R>): Later<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
