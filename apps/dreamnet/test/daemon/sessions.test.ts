import { expect, test } from 'vitest';
import { shareConnection, untilAborted } from '../../src/daemon/sessions/session.js';

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

test('shared connection: everybody who asks at once shares one attempt', async () => {
  let attempts = 0;
  const connection = shareConnection(
    async () => {
      attempts += 1;
      return attempts;
    },
    () => undefined,
  );
  expect(await Promise.all([connection.open(), connection.open(), connection.open()])).toEqual([1, 1, 1]);
  expect(connection.current()).toBe(1);
});

test('shared connection: one that arrives after a drop is discarded, not used', async () => {
  const slow = deferred<string>();
  const discarded: string[] = [];
  const connection = shareConnection(
    () => slow.promise,
    (late) => discarded.push(late),
  );
  const opening = connection.open();
  connection.drop();
  slow.resolve('old process');
  await opening;
  expect(connection.current()).toBeUndefined();
  expect(discarded).toEqual(['old process']);
});

test('shared connection: a failed attempt is tried again by the next who asks', async () => {
  let attempts = 0;
  const connection = shareConnection(
    async () => {
      attempts += 1;
      if (attempts === 1) throw new TypeError('refused');
      return attempts;
    },
    () => undefined,
  );
  await expect(connection.open()).rejects.toThrow('refused');
  expect(await connection.open()).toBe(2);
});

test('waiting with a signal: ends at the signal even when the promise never settles', async () => {
  const controller = new AbortController();
  const waiting = untilAborted(new Promise<string>(() => undefined), controller.signal);
  controller.abort();
  expect(await waiting).toBeUndefined();
});
