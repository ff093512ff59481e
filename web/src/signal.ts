/** A value that can be watched. */

export interface Signal<T> {
  readonly value: T;
  /** Call `watcher` at every change, until the returned function is called. */
  watch(watcher: (value: T) => void): () => void;
}

export interface Settable<T> extends Signal<T> {
  set(value: T): void;
}

export function signal<T>(first: T): Settable<T> {
  const watchers = new Set<(value: T) => void>();
  let now = first;
  return {
    get value() {
      return now;
    },
    set(value: T) {
      if (Object.is(value, now)) return;
      now = value;
      for (const watcher of [...watchers]) watcher(value);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}
