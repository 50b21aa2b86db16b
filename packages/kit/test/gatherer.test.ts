import { expect, test } from 'vitest';
import { createGatherer } from '../src/index.js';

test('gatherer: what comes out is what went in, whatever the pieces, and it begins anew', () => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251));
  const gatherer = createGatherer();
  for (const sizes of [[1], [7, 4096, 1], [100_000], [4095, 300, 70_000, 1, 1]]) {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      gatherer.add(bytes.subarray(at, at + size));
      at += size;
    }
    expect(gatherer.size).toBe(bytes.length);
    expect(gatherer.take().equals(bytes), `in pieces of ${sizes}`).toBe(true);
    expect(gatherer.take().length).toBe(0);
  }
});

test('gatherer: small pieces are copied together, so that none of them is kept', () => {
  const gatherer = createGatherer();
  const piece = Buffer.from('a');
  for (let at = 0; at < 100_000; at += 1) gatherer.add(piece);
  piece.fill('b');
  expect(gatherer.take().equals(Buffer.alloc(100_000, 'a'))).toBe(true);
});
