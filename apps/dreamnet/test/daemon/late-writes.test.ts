import { DreamnetError } from '@dreamnet/kit';
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

test('late writes: what can never be stored is named as lost at once and holds up nothing that comes after it', async () => {
  const { clock, late, keep, disk, troubles, written } = rig();
  const row = { template: 'too long', httpStatus: 400, isRetryable: false };
  const endless = new DreamnetError('DN_STORE_LIMIT', row, {
    unstorable: [{ place: 0, because: 'too long' }],
  });
  let isFull = true;
  const write = async () => {
    throw isFull ? new Error('no room') : endless;
  };
  await late.keep({ what: 'later', write });
  await keep('a');
  isFull = false;
  expect(await late.keep({ what: 'at once', write })).toBe('too long');
  disk.isFull = false;
  await clock.advance(1000);
  expect(written).toEqual(['a']);
  expect(troubles).toEqual(['at once is not written down: too long', 'later is not written down: too long']);
});
