import { expect, test } from 'vitest';
import { intakeRig, processOf } from './intake-rig.js';

const LOCAL = 0x100;
const HOUR = 3_600_000;

interface Told {
  id: string;
  parent?: string;
  trace?: string;
  /** Seconds since the rig began. */
  from?: number;
  to?: number;
}

/** Processes of one service that export spans; times are seconds since it began. */
function rig() {
  const { clock, intake, reports } = intakeRig();
  const begin = clock.now();
  const nanosAt = (seconds: number) => (begin + seconds * 1000) * 1e6;
  const spanOf = ({ id, parent, trace = 't', from = 0, to = 1 }: Told) => ({
    traceId: trace,
    spanId: id,
    ...(parent !== undefined && { parentSpanId: parent }),
    flags: LOCAL,
    startTimeUnixNano: nanosAt(from),
    endTimeUnixNano: nanosAt(to),
  });
  /** @returns Calls in flight after it, as the service then tells them. */
  const send = async (lists: readonly (readonly Told[])[], process = 'a') => {
    const resourceSpans = lists.map((spans) => ({
      resource: processOf(process),
      scopeSpans: [{ spans: spans.map(spanOf) }],
    }));
    await intake.traces({ resourceSpans } as never, undefined);
    return reports.at(-1)?.inFlight;
  };
  const until = (seconds: number) => clock.advance(begin + seconds * 1000 - clock.now());
  return { clock, send, until };
}

test('open spans: a child that ends after its parent opens nothing, in one export or in a later one', async () => {
  const { send } = rig();
  expect(await send([[{ id: 'root' }, { id: 'mail', parent: 'root', to: 2 }]])).toBe(0);
  expect(await send([[{ id: 'late', parent: 'root', to: 3 }]])).toBe(0);
});

test('open spans: the parent may come after its child in one export, in a list of its own, too', async () => {
  const { send } = rig();
  expect(await send([[{ id: 'mail', parent: 'root' }, { id: 'root' }]])).toBe(0);
  expect(await send([[{ id: 'mail2', parent: 'root2' }], [{ id: 'root2' }]])).toBe(0);
  expect(await send([[{ id: 'root3' }], [{ id: 'mail3', parent: 'root3' }]])).toBe(0);
});

test('open spans: a parent that never came is given up when its process has begun and ended another call', async () => {
  const { send } = rig();
  expect(await send([[{ id: 'step', parent: 'lost', trace: 't1', to: 2 }]])).toBe(1);
  // One that had begun before, and one within the same trace, prove nothing.
  expect(await send([[{ id: 'other', trace: 't2', from: 1, to: 4 }]])).toBe(1);
  expect(await send([[{ id: 'within', trace: 't1', from: 3, to: 4 }]])).toBe(1);
  expect(await send([[{ id: 'next', trace: 't3', from: 5, to: 6 }]])).toBe(0);
  // It runs after all.
  expect(await send([[{ id: 'step2', parent: 'lost', trace: 't1', to: 7 }]])).toBe(1);
  expect(await send([[{ id: 'lost', trace: 't1', to: 8 }]])).toBe(0);
});

test('open spans: a parent that never came is given up an hour after its last child', async () => {
  const { send, until } = rig();
  expect(await send([[{ id: 'step', parent: 'lost', to: 2 }]])).toBe(1);
  await until(3000);
  expect(await send([[{ id: 'step2', parent: 'late', from: 2, to: 3000 }]])).toBe(2);
  await until(3603);
  expect(await send([[{ id: 'step3', parent: 'late', from: 2, to: 3603 }]])).toBe(1);
});

test('open spans: the work of a process that told nothing between two exports of another is not counted until it is heard', async () => {
  const { send, until } = rig();
  await until(1);
  expect(await send([[{ id: 'a1', parent: 'a0', to: 1 }]], 'a')).toBe(1);
  expect(await send([[{ id: 'b1', trace: 'b' }]], 'b')).toBe(1);
  await until(5);
  expect(await send([[{ id: 'b2', trace: 'b', to: 5 }]], 'b')).toBe(1);
  await until(10);
  expect(await send([[{ id: 'b3', trace: 'b', to: 10 }]], 'b')).toBe(0);
  expect(await send([[{ id: 'a2', parent: 'a0', to: 10 }]], 'a')).toBe(1);
});

test('open spans: a process that hangs alone keeps its work in flight', async () => {
  const { send, until } = rig();
  expect(await send([[{ id: 'step', parent: 'root', to: 2 }]])).toBe(1);
  await until(600);
  expect(await send([[{ id: 'step2', parent: 'root', from: 2, to: 600 }]])).toBe(1);
});

test('open spans: of the spans that ended five thousand are remembered, for an hour', async () => {
  const { send, clock } = rig();
  await send([[{ id: 'root' }]]);
  await send([Array.from({ length: 4999 }, (_one, n) => ({ id: `s${n}`, trace: 'many' }))]);
  expect(await send([[]])).toBe(0);
  expect(await send([[{ id: 'mail', parent: 's0', to: 2 }]])).toBe(0);
  expect(await send([[{ id: 'mail2', parent: 'root', to: 3 }]])).toBe(1);
  expect(await send([[{ id: 'root' }]])).toBe(0);
  await clock.advance(HOUR + 1);
  expect(await send([[{ id: 'mail3', parent: 'root', to: 4 }]])).toBe(1);
});
