import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createRemedyBook, type RemedyDraft } from '../../src/remediation/remedy-book.js';
import { createTestStore } from '../support.js';

const draft = (subsystem: string): RemedyDraft => ({
  type: 'service_restart',
  subsystem,
  description: '',
  risk: 'low',
  executor: 'pipeline',
  findingId: 'alert-1',
  incidentId: `incident-of-${subsystem}`,
  rung: 0,
  reason: '',
  evidence: {},
  verification: { roundTrip: true, stableForMs: 500, deadlineMs: 15_000 },
});

function createBook() {
  const clock = createFakeClock();
  const { store } = createTestStore();
  const options = { clock, publish: () => undefined, store };
  return { clock, store, book: createRemedyBook(options), again: () => createRemedyBook(options) };
}

test('remedies: those of a subsystem are found in the order in which they were made, finished ones too', () => {
  const { book } = createBook();
  const [first, , third] = ['a', 'b', 'a'].map((subsystem) => book.add(draft(subsystem)).id);
  book.step(third ?? '', 'reject');
  book.step(first ?? '', 'adopt');
  expect(book.about('a').map(({ id, state }) => [id, state])).toEqual([
    [first, 'verifying'],
    [third, 'rejected'],
  ]);
  expect(book.about('nobody')).toEqual([]);
});

test('remedies: a subsystem counts as being remedied once, from the approval to the end, after a restart as well', async () => {
  const { book, again, store } = createBook();
  const [one, two, other] = ['a', 'a', 'b'].map((subsystem) => book.add(draft(subsystem)).id);
  expect(book.othersUnderWay('c')).toBe(0);
  for (const id of [one, two, other]) book.step(id ?? '', 'approve');
  expect(['a', 'b', 'c'].map((name) => book.othersUnderWay(name))).toEqual([1, 1, 2]);
  book.step(one ?? '', 'execute');
  book.step(one ?? '', 'failed');
  expect(book.othersUnderWay('c')).toBe(2);
  await store.commit(book.drain());
  const next = again();
  await next.load();
  expect(next.othersUnderWay('c')).toBe(2);
  next.step(two ?? '', 'supersede');
  expect(['a', 'c'].map((name) => next.othersUnderWay(name))).toEqual([1, 1]);
});

test('remedies: of the finished ones a thousand are kept, of the others all, and all that was kept is loaded', async () => {
  const { book, again, store } = createBook();
  const open = Array.from({ length: 10_500 }, (_, index) => book.add(draft(`open-${index}`)).id);
  const finished = Array.from({ length: 1200 }, () => {
    const { id } = book.add(draft('flapping'));
    book.step(id, 'reject');
    return id;
  });
  book.add(draft('last'));
  const kept = book.about('flapping').map(({ id }) => id);
  expect(kept).toEqual(finished.slice(-1000));
  expect(book.ofIncident('incident-of-flapping').map(({ id }) => id)).toEqual(kept);
  await store.commit(book.drain());
  const next = again();
  await next.load();
  expect(next.unfinished()).toHaveLength(open.length + 1);
  expect(
    next
      .about('flapping')
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...kept].sort());
});
