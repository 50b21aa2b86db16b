import { expect, test } from 'vitest';
import { bench, replicated, spec } from './group-rig.js';

/** A group that gave up because of `b` and is tried again at once. */
async function onTrial() {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  it.exit('b', false);
  await it.settle();
  return it;
}

/** The same under the next supervisor, before it has taken over. */
async function killedOnTrial() {
  const first = await onTrial();
  await first.save();
  const next = bench(spec('one_for_one', { intensity: 0 }), first.records);
  const adopt = async () => {
    next.groups.load([...first.records].map(([key, value]) => ({ key, value })));
    await next.groups.whileAdopting(async () => undefined);
  };
  return { ...next, adopt };
}

test('group keeper: too many restarts end everything; the first try is at once, the next waits; one event says so each time', async () => {
  const it = await onTrial();
  expect(it.notes).toEqual(['end c', 'end a', 'start a', 'start b', 'start c']);
  expect(it.groups.list()[0]).toMatchObject({ phase: 'running', circuit: 'half_open' });
  it.notes.length = 0;
  it.exit('b', false);
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end a']);
  expect(it.groups.list()[0]).toMatchObject({ phase: 'broken', retryAt: it.clock.now() + 2000 });
  expect([...it.members.values()].map(({ phase }) => phase)).toEqual(['broken', 'broken', 'broken']);
  await it.clock.advance(2000);
  expect(it.notes.slice(2)).toEqual(['start a', 'start b', 'start c']);
  await it.clock.advance(1000);
  expect(it.groups.list()[0]).toMatchObject({ phase: 'running', circuit: 'closed' });
  expect(it.events.filter((type) => type === 'group.gave-up')).toHaveLength(2);
  expect(it.events.at(-1)).toBe('group.recovered');
});

test('group keeper: a member that is ready at once and ends again in every try is not restarted without end', async () => {
  const it = bench(spec('one_for_one'));
  const ends = async () => {
    it.exit('b');
    await it.settle();
  };
  for (let count = 0; count < 3; count += 1) await ends();
  const waits: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const [group] = it.groups.list();
    expect(group).toMatchObject({ phase: 'broken', circuit: 'open' });
    const waitMs = (group?.retryAt ?? 0) - it.clock.now();
    waits.push(waitMs);
    await it.clock.advance(waitMs);
    expect(it.groups.list()[0]).toMatchObject({ phase: 'running', circuit: 'half_open' });
    await it.clock.advance(900);
    await ends();
  }
  expect(waits).toEqual([2000, 4000, 8000]);
  expect(it.events).not.toContain('group.recovered');
});

test('group keeper: a process that was adopted in a try has run since its own start', async () => {
  const next = await killedOnTrial();
  next.member('b').ranMs = 700;
  await next.adopt();
  await next.clock.advance(299);
  expect(next.groups.list()[0]?.circuit).toBe('half_open');
  await next.clock.advance(1);
  expect(next.groups.list()[0]?.circuit).toBe('closed');
});

test('group keeper: a try ends when somebody stops the member that failed, and is no success', async () => {
  const it = await onTrial();
  it.groups.release('a', { isStart: false });
  expect(it.groups.list()[0]?.circuit).toBe('half_open');
  it.groups.release('b', { isStart: false });
  Object.assign(it.member('b'), { identity: null, phase: 'idle' });
  expect(it.groups.list()[0]).toMatchObject({
    circuit: 'closed',
    lastDecision: { because: "'b' was stopped: the group is not on trial any more" },
  });
  await it.clock.advance(10_000);
  expect(it.events).not.toContain('group.recovered');
});

test('group keeper: who was stopped while the group waits for its next try leaves the others no trial', async () => {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  for (let count = 0; count < 2; count += 1) {
    it.exit('b', false);
    await it.settle();
  }
  it.groups.release('b', { isStart: false });
  it.member('b').phase = 'idle';
  it.notes.length = 0;
  await it.clock.advance(2000);
  expect(it.notes).toEqual(['start a', 'start c']);
  expect(it.groups.list()[0]).toMatchObject({ phase: 'running', circuit: 'closed' });
});

test('group keeper: a stop that was not written before the supervisor was killed ends the try under the next one', async () => {
  const next = await killedOnTrial();
  Object.assign(next.member('b'), { identity: null, phase: 'idle' });
  await next.adopt();
  expect(next.groups.list()[0]?.circuit).toBe('closed');
});

test('group keeper: an explicit start of a group that gave up closes its circuit', async () => {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  for (let count = 0; count < 2; count += 1) {
    it.exit('b', false);
    await it.settle();
  }
  it.groups.release('b', { isStart: true });
  expect(it.groups.list()[0]?.circuit).toBe('closed');
});

test('group keeper: a try has succeeded when anybody serves, should the replica that failed be gone', async () => {
  const it = bench(replicated('one_for_one', { intensity: 0 }));
  it.member('web#1').phase = 'backoff';
  it.exit('web#2', false);
  await it.settle();
  expect(it.groups.list()[0]?.circuit).toBe('half_open');
  it.groups.set([replicated('one_for_one', { intensity: 0, replicas: { web: ['web#1'] } })]);
  await it.clock.advance(1000);
  expect(it.groups.list()[0]?.circuit).toBe('closed');
});

test('group keeper: a try has succeeded when the one that failed runs long enough, also when it began after all had been asked to start', async () => {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  it.member('b').isSlow = true;
  it.exit('b', false);
  await it.settle();
  expect(it.events.at(-1)).toBe('group.restarted');
  await it.clock.advance(5000);
  expect(it.groups.list()[0]?.circuit).toBe('half_open');
  it.member('b').began();
  await it.clock.advance(999);
  expect(it.groups.list()[0]?.circuit).toBe('half_open');
  await it.clock.advance(1);
  expect(it.groups.list()[0]?.circuit).toBe('closed');
  expect(it.events.at(-1)).toBe('group.recovered');
});

test('group keeper: a try has not failed for good when a replica starts once more by its own policy, nor succeeded before that runs long enough', async () => {
  const it = bench(replicated('one_for_one', { intensity: 0 }));
  Object.assign(it.member('web#1'), { identity: null, phase: 'backoff' });
  it.exit('web#2', false);
  await it.settle();
  await it.clock.advance(500);
  Object.assign(it.member('web#2'), { identity: null, phase: 'backoff' });
  await it.clock.advance(700);
  expect(it.groups.list()[0]?.circuit).toBe('half_open');
  it.member('web#2').due();
  await it.clock.advance(1000);
  expect(it.groups.list()[0]?.circuit).toBe('closed');
});

test('group keeper: a try that an earlier supervisor began succeeds under the next one', async () => {
  const next = await killedOnTrial();
  await next.adopt();
  expect(next.groups.list()[0]).toMatchObject({ phase: 'running', circuit: 'half_open' });
  await next.clock.advance(1000);
  expect(next.groups.list()[0]?.circuit).toBe('closed');
});

test('group keeper: a group that is not kept any more judges no try', async () => {
  const it = await onTrial();
  it.groups.stop({ isOver: true });
  await it.clock.advance(1000);
  await it.save();
  expect(it.records.size).toBe(0);
  expect(it.events).not.toContain('group.recovered');
});

/** A group whose first try has failed, under the next supervisor, whose clock is an hour behind. */
async function setBackWhile(isEnding: boolean) {
  const it = await onTrial();
  if (isEnding) it.member('c').ending = new Promise(() => undefined);
  it.exit('b', false);
  await it.save();
  const next = bench(spec('one_for_one', { intensity: 0 }), it.records);
  next.clock.jump(it.clock.now() - next.clock.now() - 3_600_000);
  for (const [id, { starts }] of it.members)
    Object.assign(next.member(id), { identity: null, phase: 'waiting', starts });
  next.groups.load([...it.records].map(([key, value]) => ({ key, value })));
  await next.groups.whileAdopting(async () => undefined);
  await next.settle();
  return next;
}

for (const isEnding of [false, true])
  test(`group keeper: a clock that was set back while ${isEnding ? 'its members ended' : 'it waited'} puts the next try off no longer than it was`, async () => {
    const next = await setBackWhile(isEnding);
    expect(next.groups.list()[0]).toMatchObject({ phase: 'broken', retryAt: next.clock.now() + 2000 });
    await next.clock.advance(2000);
    expect(next.notes).toContain('start b');
  });

test('group keeper: a clock that is set back under the same supervisor puts no try off', async () => {
  const it = await onTrial();
  let hasEnded = (): void => undefined;
  it.member('c').ending = new Promise((resolve) => {
    hasEnded = resolve;
  });
  it.exit('b', false);
  await it.settle();
  it.clock.jump(-3_600_000);
  await it.clock.advance(500);
  hasEnded();
  await it.settle();
  expect(it.groups.list()[0]).toMatchObject({ phase: 'broken', retryAt: it.clock.now() + 1500 });
});

test('group keeper: a clock that is set back makes the backoff of a restart together no longer', async () => {
  const it = bench(spec('one_for_all'));
  it.exit('b', false, 1000);
  await it.settle();
  it.notes.length = 0;
  it.clock.jump(-3_600_000);
  await it.clock.advance(1000);
  expect(it.notes).toEqual(['start a', 'start b', 'start c']);
});
