import type { Store, StoredRecord } from '@dreamnet/contracts';

const PAGE = 1000;

/** Every record of a collection, in the order of the keys, read a thousand at a time. */
export async function* scanAll(store: Store, collection: string): AsyncGenerator<StoredRecord> {
  for (let after: string | undefined; ; ) {
    const page = await store.scan(collection, { limit: PAGE, ...(after !== undefined && { after }) });
    yield* page;
    after = page.at(-1)?.key;
    if (after === undefined || page.length < PAGE) return;
  }
}
