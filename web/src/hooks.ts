import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Signal } from "./signal";

/** After this long one is told why it takes long [ms]. */
const LATE_MS = 2500;

/** Whether something has been going on for long. */
export function useLate(going: boolean): boolean {
  const [late, set] = useState(false);
  useEffect(() => {
    set(false);
    if (!going) return undefined;
    const timer = setTimeout(() => set(true), LATE_MS);
    return () => clearTimeout(timer);
  }, [going]);
  return late;
}

/** How long something that may wait does wait for what may not [ms]. */
const LONGEST_REST_MS = 600;
const REST_MS = 60;

/** The value of a signal once the picture that it changes elsewhere has been painted, and nothing
 * more pressing is under way. */
export function useLateSignal<T>(watched: Signal<T>, busy: () => boolean): T {
  const [value, set] = useState(watched.value);
  useLayoutEffect(() => {
    let since: number | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = () => {
      if (busy() && performance.now() - since! < LONGEST_REST_MS) {
        timer = setTimeout(late, REST_MS);
        return;
      }
      since = null;
      set(() => watched.value);
    };
    const stop = watched.watch(() => {
      if (since !== null) return;
      since = performance.now();
      requestAnimationFrame(() => (timer = setTimeout(late, busy() ? REST_MS : 0)));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [watched]);
  return value;
}

/** The value of a signal; the component is drawn again when it changes. */
export function useSignal<T>(watched: Signal<T>): T {
  const [, again] = useState(0);
  useLayoutEffect(() => watched.watch(() => again((k) => k + 1)), [watched]);
  return watched.value;
}
