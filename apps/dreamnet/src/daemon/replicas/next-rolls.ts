import { DreamnetError } from '@dreamnet/kit';
import { type ReplicaRecord, withoutNext } from '@dreamnet/os-linker';
import type { DaemonParts } from '../parts.js';
import type { ReplicaBook } from './replica-book.js';
import { isRolling } from './replica-entry.js';

/** Rolling restarts that something changed asks for: one that comes while another is under way is not refused. */
export interface NextRolls {
  /** @returns `queued`: it is on disk, and begins when the one under way is over @throws as `ReplicaDesk.roll` */
  begin(agent: string, reason: string): Promise<'begun' | 'queued'>;
  /** What was to follow does not. */
  drop(agent: string): Promise<void>;
  /** Begins what an earlier daemon had queued, if nothing is under way and a process of then still runs. */
  resume(agent: string): Promise<void>;
  stop(): void;
}

interface NextRollsOptions {
  readonly book: Pick<ReplicaBook, 'get' | 'change'>;
  /** Begins one; what was to follow is thereby done, too. */
  readonly roll: (agent: string, reason: string) => Promise<unknown>;
  /** Does a process run that an earlier daemon started? */
  readonly isAdopted: (record: ReplicaRecord) => boolean;
}

/** Several that come meanwhile are one: whoever is started then has everything that is new. */
export function createNextRolls(
  { bus, onTrouble }: { bus: Pick<DaemonParts['bus'], 'subscribe'>; onTrouble: DaemonParts['onTrouble'] },
  { book, roll, isAdopted }: NextRollsOptions,
): NextRolls {
  const drop = async (agent: string) => {
    await book.change(agent, (record) => record && withoutNext(record));
  };
  const follow = async (agent: string) => {
    const record = book.get(agent);
    if (record?.next === undefined || isRolling(record)) return;
    try {
      await roll(agent, record.next);
    } catch (thrown) {
      onTrouble(`${agent}: is not restarted for ${record.next}: ${DreamnetError.from(thrown).message}`);
      await drop(agent);
    }
  };
  const hearing = bus.subscribe('rolling.changed.>', ({ subject }) => follow(subject));
  return {
    begin: async (agent, reason) => {
      // Read in its turn: the one under way may be over by then.
      const after = await book.change(agent, (record) =>
        record && isRolling(record) ? { ...record, next: reason } : record,
      );
      if (after && isRolling(after)) return 'queued';
      await roll(agent, reason);
      return 'begun';
    },
    drop,
    resume: async (agent) => {
      const record = book.get(agent);
      if (record?.next === undefined || isRolling(record)) return;
      try {
        // Whoever was started since has everything that is new.
        await (isAdopted(record) ? follow(agent) : drop(agent));
      } catch (thrown) {
        onTrouble(`${agent}: what was to follow its rolling restart: ${DreamnetError.from(thrown).message}`);
      }
    },
    stop: () => hearing.unsubscribe(),
  };
}
