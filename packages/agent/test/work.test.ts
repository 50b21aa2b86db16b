import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createWork } from '../src/work.js';

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
