import { useSyncExternalStore } from 'react';

const wide = matchMedia('(min-width: 1100px)');

/** Is there room for two columns? */
export function useIsWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      wide.addEventListener('change', listener);
      return () => wide.removeEventListener('change', listener);
    },
    () => wide.matches,
  );
}
