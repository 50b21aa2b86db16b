/**
 * Works on a list, several items at once, each begun in the list's order.
 *
 * @param work Must not fail: what an item's failure means is its own business.
 * @returns When all are done.
 */
export async function severalAtOnce<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
