import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createLateWrites } from '../../src/daemon/late-writes.js';

function rig() {
  const clock = createFakeClock();
  const troubles: string[] = [];
  const written: string[] = [];
  const disk = { isFull: true };
  const late = createLateWrites({ clock, onTrouble: (text) => void troubles.push(text) });
  const keep = (what: string) =>
    late.keep({
      what,
      write: async () => {
        if (disk.isFull) throw new Error('no room');
        written.push(what);
      },
    });
  return { clock, troubles, written, disk, late, keep };
}

test('late writes: what the store refuses is said to be unkept, and written once in the order given when there is room', async () => {
  const { clock, written, disk, keep, troubles } = rig();
  expect([await keep('a'), await keep('b')]).toEqual(['no room', 'no room']);
  await clock.advance(5000);
  expect(written).toEqual([]);
  disk.isFull = false;
  await clock.advance(1000);
  await clock.advance(5000);
  expect(written).toEqual(['a', 'b']);
  expect(await keep('c')).toBeUndefined();
  expect(troubles).toEqual([]);
});

test('late writes: the end tries once more and names what is lost', async () => {
  const { disk, keep, late, troubles, written } = rig();
  await keep('a');
  await late.close();
  expect(troubles).toEqual(['a is not written down: no room']);
  disk.isFull = false;
  await late.close();
  expect(written).toEqual([]);
});
