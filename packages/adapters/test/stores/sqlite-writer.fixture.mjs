// Writes batches for ever and reports each one once it is acknowledged; ended by the test with kill -9.
// argv: built entry of the adapters package, database path, first batch number, characters of filling in each value.
const [, , entry, path, first, filling] = process.argv;
const { createSqliteStore } = await import(entry);
const store = await createSqliteStore({ path, clock: { now: () => 1, monotonic: () => performance.now() } });
let next = Number(first);
const text = 'x'.repeat(Number(filling));
const writer = async () => {
  for (;;) {
    const batch = next;
    next += 1;
    const put = (part) => ({
      op: 'put',
      collection: 'batches',
      key: `${batch}/${part}`,
      value: { batch, text },
    });
    await store.commit([put('a'), { op: 'append', journal: 'log', at: 1, value: batch }, put('b')]);
    process.stdout.write(`${batch}\n`);
  }
};
await Promise.all([writer(), writer(), writer()]);
