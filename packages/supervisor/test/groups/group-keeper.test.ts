import type { ProcessGroupSpec, PublishEvent, SupervisedPhase } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import type { GroupMember } from '../../src/groups/group-members.js';
import { Groups } from '../../src/groups/groups.js';
import type { GroupRecord } from '../../src/records/group-record.js';

/** A process that only notes what is done to it. */
class NotedMember implements GroupMember {
  phase: SupervisedPhase = 'running';
  identity: string | null;
  readonly type = 'permanent';
  readonly lastExit = null;
  readonly resetAfterMs = 1000;
  ranMs = 0;
  starts = 1;
  get generation(): number {
    return this.starts;
  }
  readonly #id: string;
  readonly #notes: string[];
  /** Its end takes until then. */
  ending: Promise<void> = Promise.resolve();
  /** Its process is there some time after it was asked for, as real ones are. */
  isSlow = false;

  constructor(id: string, notes: string[]) {
    this.#id = id;
    this.#notes = notes;
    this.identity = `${id}:1`;
  }

  async endWith(): Promise<void> {
    if (this.identity === null) return;
    this.phase = 'stopping';
    await this.ending;
    this.#notes.push(`end ${this.#id}`);
    this.identity = null;
    this.phase = 'idle';
  }
  holdBack(): void {
    if (this.phase === 'backoff') this.hold();
  }
  /** The time of its own next start has come. */
  due(): void {
    if (this.phase !== 'backoff') return;
    this.phase = 'waiting';
    this.startHeld();
  }
  hold(): void {
    this.phase = 'waiting';
  }
  skipGenerations(upTo: number): void {
    this.starts = Math.max(this.starts, upTo);
  }
  resumeHeld(): void {
    this.startHeld();
  }
  startHeld(): void {
    if (this.phase !== 'waiting') return;
    this.starts += 1;
    this.phase = 'starting';
    this.#notes.push(`start ${this.#id}`);
    if (!this.isSlow) this.began();
  }
  began(): void {
    this.phase = 'running';
    this.identity = `${this.#id}:${this.starts}`;
    this.onBegan();
  }
  onBegan = (): void => undefined;
  finishHeld(): void {
    this.phase = 'exited';
  }
  breakUntil(): void {
    this.phase = 'broken';
  }
}

const spec = (
  strategy: ProcessGroupSpec['strategy'],
  rest: Partial<ProcessGroupSpec> = {},
): ProcessGroupSpec => ({
  ...{ name: 'g', members: ['a', 'b', 'c'], strategy, intensity: 1, periodMs: 1000 },
  ...{ retryAfterMs: 2000, retryMaxMs: 8000 },
  ...rest,
});

function bench(of: ProcessGroupSpec, records = new Map<string, GroupRecord>()) {
  const clock = createFakeClock();
  const notes: string[] = [];
  const events: string[] = [];
  const leaves = of.members.flatMap((member) => of.replicas?.[member] ?? [member]);
  const members = new Map(leaves.map((id) => [id, new NotedMember(id, notes)]));
  const gates = new Map<string, () => void>();
  /** Somebody stopped these. */
  const refused = new Set<string>();
  const due = new Map<string, () => GroupRecord | null>();
  const publish: PublishEvent = (type) => events.push(type);
  const groups = new Groups({
    ...{ clock, publish },
    member: (id) => members.get(id),
    save: (name, read) => due.set(name, read),
    saved: async () => {
      for (const [name, read] of due) {
        const record = read();
        if (record) records.set(name, structuredClone(record));
        else records.delete(name);
      }
      due.clear();
    },
  });
  const mayStart = async (id: string) => {
    if (gates.has(id)) await new Promise<void>((resolve) => gates.set(id, resolve));
    return !refused.has(id);
  };
  groups.set([of], mayStart);
  for (const [id, one] of members) one.onBegan = () => groups.of(id)?.noteRun();
  const member = (id: string): NotedMember => {
    const found = members.get(id);
    if (!found) throw new TypeError(id);
    return found;
  };
  /** Its process ends by itself. */
  const exit = (id: string, isHealthy = true) => {
    const one = member(id);
    one.identity = null;
    const run = { exit: 'abnormal', atMs: clock.monotonic(), ranMs: 1, wasReady: false, isHealthy } as const;
    const decision = groups.of(id)?.decide(run, 0);
    if (decision?.do === 'hold') one.phase = 'waiting';
    else if (decision?.do === 'restart') {
      one.phase = 'waiting';
      one.startHeld();
    }
    return decision;
  };
  const settle = () => clock.advance(0);
  const save = async () => {
    await settle();
    for (const [name, read] of due) {
      const record = read();
      if (record) records.set(name, structuredClone(record));
      else records.delete(name);
    }
  };
  return { clock, notes, events, groups, member, members, exit, settle, save, gates, refused, records };
}

test('group keeper: the others end last to first, then all start in order', async () => {
  const it = bench(spec('one_for_all'));
  expect(it.exit('b')).toEqual({ do: 'hold' });
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end a', 'start a', 'start b', 'start c']);
  expect(it.events).toEqual(['group.restart-begun', 'group.restarted']);
  expect(it.groups.list()[0]).toMatchObject({ phase: 'running', recentRestarts: 1, circuit: 'closed' });
});

test('group keeper: a restart of one alone is left to the process itself', () => {
  const it = bench(spec('one_for_one'));
  expect(it.exit('b')).toEqual({ do: 'restart', delayMs: 0 });
  expect(it.notes).toEqual(['start b']);
});

test('group keeper: who crashes while it waits to be ended is not counted twice', async () => {
  const it = bench(spec('one_for_all'));
  it.exit('a');
  expect(it.exit('b')).toEqual({ do: 'hold' });
  await it.settle();
  expect(it.notes).toEqual(['end c', 'start a', 'start b', 'start c']);
  expect(it.groups.list()[0]?.recentRestarts).toBe(1);
});

test('group keeper: each starts when its turn has come; a crash meanwhile begins anew and forgets nobody', async () => {
  const it = bench(spec('rest_for_one', { intensity: 5 }));
  it.gates.set('c', () => undefined);
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end b', 'start a', 'start b']);
  expect(it.groups.list()[0]?.phase).toBe('restarting');
  it.exit('b');
  it.gates.delete('c');
  await it.settle();
  expect(it.notes.slice(4)).toEqual(['start b', 'start c']);
  expect([...it.members.values()].map(({ phase }) => phase)).toEqual(['running', 'running', 'running']);
});

test('group keeper: who was stopped by somebody stays stopped', async () => {
  const it = bench(spec('one_for_all'));
  it.groups.release('c', { isStart: false });
  Object.assign(it.member('c'), { phase: 'idle', identity: null });
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual(['end b', 'start a', 'start b']);
});

test('group keeper: who is stopped by somebody while the group restarts is not started', async () => {
  const it = bench(spec('one_for_all'));
  it.gates.set('a', () => undefined);
  it.exit('a');
  await it.settle();
  it.groups.release('b', { isStart: false });
  it.member('b').phase = 'idle';
  it.gates.get('a')?.();
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end b', 'start a', 'start c']);
});

test('group keeper: too many restarts end everything; the first try is at once, the next waits; one event says so each time', async () => {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  it.exit('b', false);
  await it.settle();
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
  const first = bench(spec('one_for_one', { intensity: 0 }));
  first.exit('b', false);
  await first.settle();
  await first.save();
  const next = bench(spec('one_for_one', { intensity: 0 }), first.records);
  next.member('b').ranMs = 700;
  next.groups.load([...first.records].map(([key, value]) => ({ key, value })));
  await next.groups.whileAdopting(async () => undefined);
  await next.clock.advance(299);
  expect(next.groups.list()[0]?.circuit).toBe('half_open');
  await next.clock.advance(1);
  expect(next.groups.list()[0]?.circuit).toBe('closed');
});

test('group keeper: a try ends when somebody stops the member that failed, and is no success', async () => {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  it.exit('b', false);
  await it.settle();
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
  const first = bench(spec('one_for_one', { intensity: 0 }));
  first.exit('b', false);
  await first.settle();
  await first.save();
  const next = bench(spec('one_for_one', { intensity: 0 }), first.records);
  Object.assign(next.member('b'), { identity: null, phase: 'idle' });
  next.groups.load([...first.records].map(([key, value]) => ({ key, value })));
  await next.groups.whileAdopting(async () => undefined);
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

test('group keeper: the next supervisor ends the old processes that are left and starts nobody twice', async () => {
  const first = bench(spec('one_for_all'));
  first.gates.set('b', () => undefined);
  first.exit('c');
  await first.settle();
  await first.save();
  expect(first.notes).toEqual(['end b', 'end a', 'start a']);
  // Killed here: a runs anew, b and c wait. In another life b's old process had survived.
  const next = bench(spec('one_for_all'), first.records);
  Object.assign(next.member('a'), { identity: 'a:2', starts: 2 });
  Object.assign(next.member('c'), { identity: null, phase: 'waiting' });
  next.groups.load([...first.records].map(([key, value]) => ({ key, value })));
  await next.groups.whileAdopting(async () => undefined);
  await next.settle();
  expect(next.notes).toEqual(['end b', 'start b', 'start c']);
  expect(next.groups.list()[0]).toMatchObject({ phase: 'running', recentRestarts: 1 });
});

test('group keeper: what ended while nobody supervised is judged when all have been adopted', async () => {
  const it = bench(spec('rest_for_one'));
  await it.groups.whileAdopting(async () => {
    expect(it.exit('b')).toEqual({ do: 'hold' });
    expect(it.notes).toEqual([]);
  });
  await it.settle();
  expect(it.notes).toEqual(['end c', 'start b', 'start c']);
});

test('group keeper: a group that is gone leaves nobody waiting', async () => {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  for (let count = 0; count < 2; count += 1) {
    it.exit('b', false);
    await it.settle();
  }
  it.notes.length = 0;
  it.groups.set([]);
  expect(it.notes).toEqual(['start a', 'start b', 'start c']);
  expect(it.groups.of('a')).toBeUndefined();
});

test('group keeper: a change elsewhere keeps the past of a group, a change of its own does not', () => {
  const it = bench(spec('one_for_one'));
  it.exit('b');
  it.groups.set([spec('one_for_one'), { ...spec('one_for_one'), name: 'h', members: ['x'] }]);
  expect(it.groups.list()[0]?.recentRestarts).toBe(1);
  it.groups.set([spec('one_for_all')]);
  expect(it.groups.list()[0]?.recentRestarts).toBe(0);
});

test('group keeper: whoever must not start because somebody stopped it does not, and the others do', async () => {
  const it = bench(spec('one_for_all'));
  it.refused.add('b');
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual(['end c', 'end b', 'start a', 'start c']);
  expect(it.groups.list()[0]?.phase).toBe('running');
});

test('group keeper: a start that was under way when a restart began is not taken for what the restart has started', async () => {
  const first = bench(spec('one_for_all'));
  // Its second start has been asked for; no process is known yet.
  Object.assign(first.member('b'), { identity: null, starts: 2, phase: 'starting' });
  first.gates.set('a', () => undefined);
  first.exit('a');
  await first.settle();
  await first.save();
  const next = bench(spec('one_for_all'), first.records);
  Object.assign(next.member('a'), { identity: null, phase: 'waiting' });
  Object.assign(next.member('b'), { identity: 'b:2', starts: 2 });
  Object.assign(next.member('c'), { identity: null, phase: 'waiting' });
  next.groups.load([...first.records].map(([key, value]) => ({ key, value })));
  await next.groups.whileAdopting(async () => undefined);
  await next.settle();
  expect(next.notes).toEqual(['end b', 'start a', 'start b', 'start c']);
});

const replicated = (strategy: ProcessGroupSpec['strategy'], rest: Partial<ProcessGroupSpec> = {}) =>
  spec(strategy, { members: ['a', 'web', 'c'], replicas: { web: ['web#1', 'web#2'] }, ...rest });

test('group keeper: a replica that ends while another one runs is its own affair, whatever the strategy', () => {
  for (const strategy of ['one_for_one', 'rest_for_one', 'one_for_all'] as const) {
    const it = bench(replicated(strategy));
    it.member('web#1').identity = null;
    expect(it.groups.of('web#1')?.isReplaced()).toBe(true);
    expect(it.groups.of('a')?.isReplaced()).toBe(false);
  }
});

test('group keeper: the end of the last replica is the end of the member, and the strategy acts on all of it', async () => {
  const restarted = async (strategy: ProcessGroupSpec['strategy']) => {
    const it = bench(replicated(strategy));
    Object.assign(it.member('web#1'), { identity: null, phase: 'backoff' });
    expect(it.groups.of('web#2')?.isReplaced()).toBe(false);
    it.exit('web#2');
    await it.settle();
    return { notes: it.notes, restarts: it.groups.list()[0]?.recentRestarts };
  };
  expect(await restarted('one_for_one')).toEqual({ notes: ['start web#1', 'start web#2'], restarts: 1 });
  expect(await restarted('rest_for_one')).toEqual({
    notes: ['end c', 'start web#1', 'start web#2', 'start c'],
    restarts: 1,
  });
  expect(await restarted('one_for_all')).toEqual({
    notes: ['end c', 'end a', 'start a', 'start web#1', 'start web#2', 'start c'],
    restarts: 1,
  });
});

test('group keeper: replicas end and start with the members before and after them', async () => {
  const it = bench(replicated('one_for_all'));
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual([
    'end c',
    'end web#2',
    'end web#1',
    'start a',
    'start web#1',
    'start web#2',
    'start c',
  ]);
});

test('group keeper: a replica that comes or goes changes nothing of the past, and one that went is not started', async () => {
  const it = bench(replicated('one_for_all', { intensity: 5 }));
  it.exit('a');
  await it.settle();
  it.gates.set('a', () => undefined);
  it.exit('a');
  await it.settle();
  it.notes.length = 0;
  it.groups.set([replicated('one_for_all', { intensity: 5, replicas: { web: ['web#1'] } })]);
  expect(it.groups.list()[0]).toMatchObject({ phase: 'restarting', recentRestarts: 2 });
  it.gates.get('a')?.();
  await it.settle();
  expect(it.notes).toEqual(['start a', 'start web#1', 'start c']);
});

test('group keeper: a member scaled to zero is no hole in the order, and nobody is started for it', async () => {
  const it = bench(replicated('rest_for_one', { replicas: { web: [] } }));
  it.exit('a');
  await it.settle();
  expect(it.notes).toEqual(['end c', 'start a', 'start c']);
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

test('group keeper: of several replicas that ended while nobody supervised, the group decides about the last one only', async () => {
  const it = bench(replicated('one_for_all'));
  await it.groups.whileAdopting(async () => {
    expect(it.groups.of('web#1')?.isReplaced()).toBe(false);
    it.exit('web#1');
  });
  await it.settle();
  expect(it.notes).toEqual(['start web#1']);
});

test('group keeper: a replica that waits for its own restart does not start while its group ends its members', async () => {
  for (const intensity of [0, 5]) {
    const it = bench(replicated('rest_for_one', { intensity }));
    let letEnd: () => void = () => undefined;
    it.member('c').ending = new Promise((resolve) => {
      letEnd = resolve;
    });
    // Gone while the other one still ran; then the other one goes, and with it the member.
    Object.assign(it.member('web#1'), { identity: null, phase: 'backoff' });
    it.exit('web#2', false);
    await it.settle();
    it.member('web#1').due();
    expect(it.notes).toEqual([]);
    letEnd();
    await it.settle();
    const all = ['start web#1', 'start web#2', 'start c'];
    expect(it.notes).toEqual(intensity === 0 ? ['end c', 'end a', 'start a', ...all] : ['end c', ...all]);
  }
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
  const first = bench(spec('one_for_one', { intensity: 0 }));
  first.exit('b', false);
  await first.settle();
  await first.save();
  const next = bench(spec('one_for_one', { intensity: 0 }), first.records);
  next.groups.load([...first.records].map(([key, value]) => ({ key, value })));
  await next.groups.whileAdopting(async () => undefined);
  expect(next.groups.list()[0]).toMatchObject({ phase: 'running', circuit: 'half_open' });
  await next.clock.advance(1000);
  expect(next.groups.list()[0]?.circuit).toBe('closed');
});

test('group keeper: a group that is not kept any more judges no try', async () => {
  const it = bench(spec('one_for_one', { intensity: 0 }));
  it.exit('b', false);
  await it.settle();
  it.groups.stop({ isOver: true });
  await it.clock.advance(1000);
  await it.save();
  expect(it.records.size).toBe(0);
  expect(it.events).not.toContain('group.recovered');
});
