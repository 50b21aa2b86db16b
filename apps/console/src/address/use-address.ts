import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type Address, formatAddress, parseAddress } from './address.js';

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

/** Where the reader is; changes with links, the back button and `useChoice`. */
export function useAddress(): Address {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseAddress(hash), [hash]);
}

/**
 * What is chosen on this page, kept in the address: it survives a reload and can be sent to somebody.
 *
 * @returns The choices and a function that changes some of them; a choice does not add to the back button's way.
 */
export function useChoice(): readonly [
  Readonly<Record<string, string>>,
  (patch: Readonly<Record<string, string>>) => void,
] {
  const address = useAddress();
  const choose = useCallback((patch: Readonly<Record<string, string>>) => {
    const now = parseAddress(location.hash);
    const next = formatAddress({ ...now, query: { ...now.query, ...patch } });
    if (next === location.hash) return;
    history.replaceState(null, '', next);
    dispatchEvent(new HashChangeEvent('hashchange'));
  }, []);
  return [address.query, choose];
}
