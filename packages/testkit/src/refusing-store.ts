import type { Store, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';

/**
 * Makes a store refuse for good every commit with a write that it is said never to take, naming these as the `Store` port
 * demands; all others it takes as before.
 *
 * @param store Is changed.
 */
export function refuseForGood<T extends Pick<Store, 'commit'>>(
  store: T,
  isUnstorable: (write: StoreWrite) => boolean,
): T {
  const commit = store.commit.bind(store);
  store.commit = async (writes) => {
    const unstorable = writes.flatMap((write, place) =>
      isUnstorable(write) ? [{ place, because: 'it is too long' }] : [],
    );
    if (unstorable.length === 0) return commit(writes);
    const row = { template: 'it is too long', httpStatus: 400, isRetryable: false };
    throw new DreamnetError('DN_STORE_LIMIT', row, { unstorable });
  };
  return store;
}
