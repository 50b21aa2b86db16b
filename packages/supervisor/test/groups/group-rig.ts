import type { ProcessGroupSpec, PublishEvent, SupervisedPhase } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { createGroupForest } from '../../src/groups/group-forest.js';
import type { GroupMember } from '../../src/groups/group-members.js';
import { Groups } from '../../src/groups/groups.js';
import type { GroupRecord } from '../../src/records/group-record.js';

/** A process that only notes what is done to it. */
export class NotedMember implements GroupMember {
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
    // Asked for twice: it ends once.
    if (this.identity === null) return;
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

export const spec = (
  strategy: ProcessGroupSpec['strategy'],
  rest: Partial<ProcessGroupSpec> = {},
): ProcessGroupSpec => ({
  ...{ name: 'g', members: ['a', 'b', 'c'], strategy, intensity: 1, periodMs: 1000 },
  ...{ retryAfterMs: 2000, retryMaxMs: 8000 },
  ...rest,
});

/** A group in which one member has two replicas. */
export const replicated = (strategy: ProcessGroupSpec['strategy'], rest: Partial<ProcessGroupSpec> = {}) =>
  spec(strategy, { members: ['a', 'web', 'c'], replicas: { web: ['web#1', 'web#2'] }, ...rest });

/** @param within Groups that are members of it. */
export function bench(
  of: ProcessGroupSpec,
  records = new Map<string, GroupRecord>(),
  within: readonly ProcessGroupSpec[] = [],
) {
  const clock = createFakeClock();
  const notes: string[] = [];
  const events: string[] = [];
  const leaves = createGroupForest([of, ...within]).leavesOf(of.name);
  const members = new Map(leaves.map((id) => [id, new NotedMember(id, notes)]));
  const gates = new Map<string, () => void>();
  /** Somebody stopped these. */
  const refused = new Set<string>();
  const due = new Map<string, () => GroupRecord | null>();
  const write = () => {
    for (const [name, read] of due) {
      const record = read();
      if (record) records.set(name, structuredClone(record));
      else records.delete(name);
    }
  };
  const publish: PublishEvent = (type) => events.push(type);
  const groups = new Groups({
    ...{ clock, publish },
    member: (id) => members.get(id),
    save: (name, read) => due.set(name, read),
    saved: async () => {
      write();
      due.clear();
    },
  });
  const mayStart = async (id: string) => {
    if (gates.has(id)) await new Promise<void>((resolve) => gates.set(id, resolve));
    return !refused.has(id);
  };
  groups.set([of, ...within], mayStart);
  for (const [id, one] of members) one.onBegan = () => groups.of(id)?.noteRun();
  const member = (id: string): NotedMember => {
    const found = members.get(id);
    if (!found) throw new TypeError(id);
    return found;
  };
  /** Its process ends by itself. */
  const exit = (id: string, isHealthy = true, delayMs = 0) => {
    const one = member(id);
    one.identity = null;
    const run = { exit: 'abnormal', atMs: clock.monotonic(), ranMs: 1, wasReady: false, isHealthy } as const;
    const decision = groups.of(id)?.decide(run, delayMs);
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
    write();
  };
  return { clock, notes, events, groups, member, members, exit, settle, save, gates, refused, records };
}
