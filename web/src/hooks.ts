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

/** The value of a signal once the picture that it changes elsewhere has been painted. */
export function useLateSignal<T>(watched: Signal<T>): T {
  const [value, set] = useState(watched.value);
  useLayoutEffect(() => {
    let waits = false;
    const late = () => {
      waits = false;
      set(() => watched.value);
    };
    return watched.watch(() => {
      if (!waits) requestAnimationFrame(() => setTimeout(late, 0));
      waits = true;
    });
  }, [watched]);
  return value;
}

/** The value of a signal; the component is drawn again when it changes. */
export function useSignal<T>(watched: Signal<T>): T {
  const [, again] = useState(0);
  useLayoutEffect(() => watched.watch(() => again((k) => k + 1)), [watched]);
  return watched.value;
}
