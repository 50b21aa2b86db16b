import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { Misfit } from '../src/report-limits.js';
import { createWork } from '../src/work.js';

/** Work, and what of it the daemon would have refused. */
function watched() {
  const misfits: Misfit[] = [];
  const work = createWork(
    createFakeClock(),
    () => undefined,
    (misfit) => misfits.push(misfit),
  );
  return { work, misfits };
}

test('work: a report counts up, and tells what is in flight and that it moved', () => {
  const work = createWork(createFakeClock());
  work.begin();
  expect(work.report('a')).toMatchObject({ subsystem: 'a', status: 'ok', seq: 1, inFlight: 1, progress: 1 });
  work.move();
  work.end();
  expect(work.report('a')).toMatchObject({ seq: 2, inFlight: 0, progress: 3 });
});

test('work: of the open tools the one that may go on for longest is told', () => {
  const clock = createFakeClock();
  const work = createWork(clock);
  const endSearch = work.openTool({ name: 'search', deadlineMs: 1000 });
  const endBuild = work.openTool({ name: 'build' });
  expect(work.report('a').openToolCall).toEqual({ name: 'build', startedAt: clock.now() });
  endBuild();
  expect(work.report('a').openToolCall).toMatchObject({ name: 'search', deadlineMs: 1000 });
  endSearch();
  expect(work.report('a')).not.toHaveProperty('openToolCall');
});

test('work: the same call has the same signature, and the arguments are not in it', () => {
  const work = createWork(createFakeClock());
  work.openTool({ name: 'search', args: { q: 'private' } })();
  work.openTool({ name: 'search', args: { q: 'private' } })();
  work.openTool({ name: 'search', args: { q: 'other' } })();
  const calls = work.report('a').calls ?? [];
  expect(calls[0]).toEqual(calls[1]);
  expect(calls[0]).not.toEqual(calls[2]);
  expect(JSON.stringify(calls)).not.toContain('private');
});

test('work: arguments that are not JSON do no harm', () => {
  const work = createWork(createFakeClock());
  const round: Record<string, unknown> = {};
  round.self = round;
  work.openTool({ name: 'search', args: round })();
  expect(work.report('a').calls).toHaveLength(1);
});

test('work: what a lost report told goes with the next one, newer values first', () => {
  const work = createWork(createFakeClock());
  work.setMetric('rows', 1);
  work.setMetric('cost', 2);
  work.openTool({ name: 'search' })();
  const lost = work.report('a');
  work.setMetric('rows', 9);
  work.failed(lost);
  expect(work.report('a')).toMatchObject({ metrics: { rows: 9, cost: 2 }, calls: lost.calls });
  expect(work.report('a')).not.toHaveProperty('metrics');
});

test('work: at most a hundred calls wait, the newest', () => {
  const work = createWork(createFakeClock());
  for (let index = 0; index < 250; index += 1) work.openTool({ name: `t${index}` })();
  const calls = work.report('a').calls ?? [];
  expect(calls).toHaveLength(100);
  expect(calls.at(-1)?.signature).toMatch(/^t249#/);
});

test('work: not ready is a warning with its reason; an error stays one', () => {
  const work = createWork(createFakeClock());
  work.setReady(false, 'its model loads');
  expect(work.report('a')).toMatchObject({ status: 'warn', details: 'its model loads' });
  work.say('error', 'no disk');
  expect(work.report('a')).toMatchObject({ status: 'error' });
  work.setReady(true, undefined);
  expect(work.report('a')).toMatchObject({ status: 'error', details: 'no disk' });
});

test('work: a coloured error is told without what the daemon would refuse the report for', () => {
  const work = createWork(createFakeClock());
  work.say('error', '\u001b[31mno disk\u001b[39m\r\n\tat \u009b1');
  expect(work.report('a').details).toBe(' [31mno disk [39m \n\tat  1');
});

test('work: the end of the last work that was told as in flight is said once, and no other', () => {
  let said = 0;
  const work = createWork(createFakeClock(), () => {
    said += 1;
  });
  work.begin();
  work.end();
  // Nobody was told of that work.
  expect([said, work.isIdleUntold]).toEqual([0, false]);
  work.begin();
  const endTool = work.openTool({ name: 'search' });
  work.report('a');
  endTool();
  expect([said, work.isIdleUntold]).toEqual([0, false]);
  work.end();
  expect([said, work.isIdleUntold]).toEqual([1, true]);
  work.report('a');
  expect(work.isIdleUntold).toBe(false);
});

test('work: a metric that the daemon would refuse is left out, with its name and what is wrong; the others are told', () => {
  const { work, misfits } = watched();
  work.setMetric('good', 1);
  for (const name of ['', 'two\nlines', 'x'.repeat(201), 'a\u2028b']) work.setMetric(name, 1);
  work.setMetric('text', '12' as unknown as number);
  work.setMetric('endless', Number.POSITIVE_INFINITY);
  work.setMetric('big', 3n as unknown as number);
  work.setMetric('x'.repeat(200), 2);
  expect(work.report('a').metrics).toEqual({ good: 1, big: 3, ['x'.repeat(200)]: 2 });
  expect(misfits.map(({ found, why }) => `${found.slice(0, 12)} ${why}`)).toEqual([
    "'' its name is empty: it is left out",
    "'two lines' its name has control characters: it is left out",
    "'xxxxxxxxxxx its name is longer than 200 characters: it is left out",
    "'a b' its name has control characters: it is left out",
    "'text' its value is no finite number: it is left out",
    "'endless' its value is no finite number: it is left out",
  ]);
});

test('work: more than a thousand metrics are told in several reports', () => {
  const { work, misfits } = watched();
  for (let index = 0; index < 2500; index += 1) work.setMetric(`m${index}`, index);
  const sizes = [1, 2, 3, 4].map(() => Object.keys(work.report('a').metrics ?? {}).length);
  expect([sizes, misfits]).toEqual([[1000, 1000, 500, 0], []]);
});

test('work: more metrics than ever can be told are not kept', () => {
  const { work, misfits } = watched();
  for (let index = 0; index < 10_050; index += 1) work.setMetric(`id-${index}`, index);
  expect(misfits).toHaveLength(50);
  work.setMetric('id-0', 1);
  expect(misfits).toHaveLength(50);
});

test('work: a tool of a strange name or deadline is seen to run', () => {
  const { work, misfits } = watched();
  work.openTool({ name: `search\n${'x'.repeat(300)}`, deadlineMs: Number.POSITIVE_INFINITY });
  const { openToolCall, calls } = work.report('a');
  expect(openToolCall?.name).toBe(`search ${'x'.repeat(193)}`);
  expect(openToolCall?.deadlineMs).toBe(365 * 86_400_000);
  expect(calls?.[0]?.signature).not.toContain('\n');
  expect(misfits.map(({ field }) => field)).toEqual(['tool', 'deadlineMs']);
});

test('work: a deadline that is none leaves the default, and a tool without a name has one', () => {
  const { work } = watched();
  work.openTool({ name: '', deadlineMs: Number.NaN });
  expect(work.report('a').openToolCall).toEqual({ name: 'unnamed', startedAt: 1_700_000_000_000 });
});

test('work: a status of another word is told as a warning', () => {
  const { work, misfits } = watched();
  work.say('warning' as 'warn', 'the queue is long');
  expect(work.report('a')).toMatchObject({ status: 'warn', details: 'the queue is long' });
  expect(misfits).toMatchObject([{ field: 'status', found: "'warning'" }]);
});

test('work: after a report that the daemon refused the next one tells nothing but that the agent lives', () => {
  const { work } = watched();
  work.setMetric('rows', 1);
  work.openTool({ name: 'search' });
  work.say('warn', 'slow');
  work.report('a');
  work.setMetric('rows', 2);
  work.refused();
  const plain = work.report('a');
  expect(Object.keys(plain).sort()).toEqual(['at', 'inFlight', 'progress', 'seq', 'status', 'subsystem']);
  expect(work.report('a')).toMatchObject({
    metrics: { rows: 2 },
    openToolCall: { name: 'search' },
    details: 'slow',
  });
});
