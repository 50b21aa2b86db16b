import type {
  DreamnetEvent,
  Incident,
  LivenessSignal,
  RecoveryAction,
  Store,
  Subsystem,
  SubsystemManifest,
} from '@dreamnet/contracts';
import { createFakeClock, type FakeClock } from '@dreamnet/testkit';
import {
  createDreamNetOSCore,
  type DreamNetOSCoreFacade,
  type DreamNetOSCoreOptions,
} from '../../src/index.js';
import { createTestStore } from '../support.js';

/** A simulated agent with a process, a protocol and a restart; faults are set by the test. */
export class Agent implements Subsystem {
  life = 1;
  isUp = true;
  isAnswering = true;
  restarts: string[] = [];
  /** What a restart does; the default brings up a new, answering process. */
  onRestart: (agent: Agent) => void = (agent) => agent.bringUp();

  constructor(
    readonly name: string,
    readonly manifest: SubsystemManifest = {},
  ) {}

  readonly probeSchedule = { everyMs: 200, timeoutMs: 100, rise: 1, fall: 2 };
  identity = (): string | undefined => (this.isUp ? `${this.name}:${this.life}` : undefined);
  probe = async () =>
    this.isUp && this.isAnswering
      ? { ok: true, reason: 'pong' }
      : { ok: false, reason: 'connection refused' };
  restart = async (reason: string): Promise<void> => {
    this.restarts.push(reason);
    this.onRestart(this);
  };

  bringUp(): void {
    this.life += 1;
    this.isUp = true;
    this.isAnswering = true;
  }

  /** The signal a supervisor sends when the process exits. */
  exit(clock: FakeClock, recovery?: LivenessSignal['recovery']): LivenessSignal {
    this.isUp = false;
    const signal: LivenessSignal = {
      subsystem: this.name,
      state: 'dead',
      reason: 'killed by SIGKILL',
      at: clock.now(),
      identity: `${this.name}:${this.life}`,
    };
    return recovery ? { ...signal, recovery } : signal;
  }

  alive(clock: FakeClock): LivenessSignal {
    return {
      subsystem: this.name,
      state: 'alive',
      reason: 'started',
      at: clock.now(),
      identity: `${this.name}:${this.life}`,
    };
  }
}

export interface Fleet {
  clock: FakeClock;
  core: DreamNetOSCoreFacade;
  events: DreamnetEvent[];
}

/** A started core on a fake clock that watches the given agents. */
export async function startFleet(
  agents: readonly Agent[],
  options: DreamNetOSCoreOptions & { clock?: FakeClock } = {},
): Promise<Fleet> {
  const clock = options.clock ?? createFakeClock();
  const core = createDreamNetOSCore({ random: () => 0.5, ...options, clock });
  const events: DreamnetEvent[] = [];
  core.subscribe((event) => events.push(event));
  for (const agent of agents) core.watch(agent.name, agent);
  await core.start();
  await clock.advance(1_000);
  return { clock, core, events };
}

/** The stages of an incident in order. */
export function stagesOf(incident: Incident | undefined): string[] {
  return incident?.stages.map(({ stage }) => stage) ?? [];
}

/**
 * A store whose program dies at its n-th commit: that one is on disk or not, and the program never hears of it.
 * `revive()` gives the same disk to the next program.
 */
export function dyingStore(diesAt: number, isOnDisk: boolean) {
  const disk = createTestStore();
  let commits = 0;
  const never = new Promise<never>(() => undefined);
  const store: Store = {
    ...disk.store,
    commit: async (writes) => {
      commits += 1;
      if (commits > diesAt) return never;
      if (commits < diesAt || isOnDisk) await disk.store.commit(writes);
      return commits === diesAt ? never : undefined;
    },
  };
  return { store, revive: () => disk.store, commits: () => commits };
}

/** The remedies as a core started on this store would find them. */
export async function storedRemedies(store: Store): Promise<RecoveryAction[]> {
  return (await store.scan('remedies')).map(({ value }) => value as RecoveryAction);
}
