import type { IncidentStage } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createIncidentBook } from '../../src/incidents/incident-book.js';
import { createTestStore } from '../support.js';

const cause = (subsystem: string) => ({ subsystem, reason: 'r', decidedBy: 'd', candidates: [subsystem] });

function createBook(resolvedKept = 500) {
  const disk = createTestStore();
  const clock = createFakeClock();
  const options = { clock, publish: () => undefined, store: disk.store, resolvedKept };
  return { book: createIncidentBook(options), again: () => createIncidentBook(options), clock, ...disk };
}

/** An incident with these entries, one each 100 ms; the clock stands where the last one was told. */
async function openWith(kept: ReturnType<typeof createBook>, stages: readonly IncidentStage[]) {
  const { id } = kept.book.open({ title: 't', cause: cause('a') });
  const begunAt = kept.clock.now();
  for (const stage of stages) {
    kept.book.append(id, { stage, subsystem: 'a', summary: stage });
    await kept.clock.advance(100);
  }
  const tell = (subsystem: string, at: number) =>
    kept.book.append(id, { stage: 'detected', subsystem, summary: 'late', at });
  const order = () =>
    kept.book.get(id)?.stages.map(({ stage, subsystem }) => (subsystem === 'a' ? stage : subsystem));
  return { id, begunAt, tell, order };
}

test('incidents: a timeline is bounded; how it began and what happened last stay, the rest is counted', () => {
  const { book } = createBook();
  const { id } = book.open({ title: 't', cause: cause('a') });
  for (let index = 0; index < 1000; index += 1)
    book.append(id, { stage: 'fault', subsystem: 'a', summary: `crash ${index}` });
  const stages = book.get(id)?.stages ?? [];
  expect(stages.length).toBeLessThanOrEqual(201);
  expect(stages[0]?.summary).toBe('crash 0');
  expect(stages.at(-1)?.summary).toBe('crash 999');
  const leftOut = stages.find(({ evidence }) => typeof evidence.leftOut === 'number')?.evidence.leftOut;
  expect(leftOut).toBe(1000 - (stages.length - 1));
});

test('incidents: what is open is found again by the next program, resolved ones are kept to a limit', async () => {
  const { book, again, store } = createBook(2);
  for (const name of ['a', 'b', 'c', 'd']) {
    const { id } = book.open({ title: name, cause: cause(name) });
    if (name !== 'd') book.resolve(id, { subsystem: name, summary: 'over' });
  }
  await store.commit(book.drain());
  const next = again();
  await next.load();
  expect(next.openFor('d')?.title).toBe('d');
  expect(next.openFor('c')).toBeUndefined();
  expect(
    next
      .list()
      .map(({ title }) => title)
      .sort(),
  ).toEqual(['b', 'c', 'd']);
});

test('incidents: the same note twice in a row is one', () => {
  const { book } = createBook();
  const { id } = book.open({ title: 't', cause: cause('a') });
  book.note(id, { subsystem: 'a', summary: 'waiting' });
  book.note(id, { subsystem: 'a', summary: 'waiting' });
  book.note(id, { subsystem: 'b', summary: 'waiting' });
  book.note(id, { subsystem: 'a', summary: 'waiting' });
  expect(book.get(id)?.stages).toHaveLength(2);
});

test('incidents: open ones do not count towards the limit, and more than ten thousand of them are loaded', async () => {
  const { book, again, store } = createBook(2);
  for (let index = 0; index < 10_500; index += 1)
    book.open({ title: `open ${index}`, cause: cause(`s${index}`) });
  for (const name of ['a', 'b', 'c'])
    book.resolve(book.open({ title: name, cause: cause(name) }).id, { subsystem: name, summary: 'over' });
  await store.commit(book.drain());
  const next = again();
  await next.load();
  expect(next.openOnes()).toHaveLength(10_500);
  const resolved = () =>
    next
      .list()
      .flatMap(({ state, title }) => (state === 'resolved' ? [title] : []))
      .sort();
  expect(resolved()).toEqual(['b', 'c']);
  next.resolve(next.openFor('s0')?.id ?? '', { subsystem: 's0', summary: 'over' });
  expect(resolved()).toHaveLength(2);
});

test('incidents: what is told late to have been detected stands where it belongs in time, also for the next program', async () => {
  const kept = createBook();
  const { id, begunAt, tell, order } = await openWith(kept, ['detected', 'analysed', 'planned']);
  tell('b', begunAt + 150);
  tell('c', begunAt + 150);
  tell('d', begunAt + 50);
  expect(order()).toEqual(['detected', 'd', 'analysed', 'b', 'c', 'planned']);
  await kept.store.commit(kept.book.drain());
  const next = kept.again();
  await next.load();
  expect(next.get(id)?.stages).toEqual(kept.book.get(id)?.stages);
});

test('incidents: nothing is put before the entry that opened an incident', async () => {
  const { begunAt, tell, order } = await openWith(createBook(), ['detected', 'analysed']);
  tell('b', begunAt - 50);
  expect(order()).toEqual(['detected', 'b', 'analysed']);
});

test('incidents: what is told late is not put before the end of a round, whichever it was', async () => {
  for (const end of ['verified', 'escalated', 'resolved'] as const) {
    const { begunAt, tell, order } = await openWith(createBook(), ['detected', 'planned', end, 'note']);
    tell('b', begunAt + 50);
    expect(order()).toEqual(['detected', 'planned', end, 'b', 'note']);
  }
});

test('incidents: after the wall clock was set back what is told now is not taken for told late', async () => {
  const kept = createBook();
  const { tell, order } = await openWith(kept, ['detected', 'planned', 'executed']);
  kept.clock.jump(-3_600_000);
  tell('b', kept.clock.now());
  expect(order()).toEqual(['detected', 'planned', 'executed', 'b']);
});

test('incidents: the record of one that lasts for days, with texts without end, stays far below what a store takes', () => {
  const { book } = createBook();
  const endless = 'x'.repeat(100_000);
  const names = Array.from({ length: 20_000 }, (_, at) => `agent-${at}`);
  const { id } = book.open({ title: endless, cause: { ...cause('a'), reason: endless, candidates: names } });
  for (let at = 0; at < 300; at += 1)
    book.append(id, {
      stage: 'fault',
      subsystem: 'a',
      summary: `${at} ${endless}`,
      evidence: { at, endless },
    });
  for (let at = 0; at < 10_050; at += 1) book.attach(id, `alert-${at}`, 'a');
  book.explain(id, { decidedBy: endless.slice(0, 10), candidates: names });
  book.rename(id, { title: endless, reason: endless });
  const [write] = book.drain();
  const record = write?.op === 'put' ? JSON.stringify(write.value) : '';
  expect(record.length).toBeGreaterThan(100_000);
  expect(record.length).toBeLessThan(4_000_000);
  expect(book.get(id)).toMatchObject({ title: expect.stringContaining('more characters') });
  expect(book.get(id)?.alertIds.at(-1)).toBe('alert-10049');
  expect(book.get(id)?.stages.at(-1)).toMatchObject({
    summary: expect.stringMatching(/^299 x.*more characters/),
  });
});
