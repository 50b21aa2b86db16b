import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createIncidentBook } from '../../src/incidents/incident-book.js';
import { createTestStore } from '../support.js';

const cause = (subsystem: string) => ({ subsystem, reason: 'r', decidedBy: 'd', candidates: [subsystem] });

function createBook(resolvedKept = 500) {
  const disk = createTestStore();
  const options = { clock: createFakeClock(), publish: () => undefined, store: disk.store, resolvedKept };
  return { book: createIncidentBook(options), again: () => createIncidentBook(options), ...disk };
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
