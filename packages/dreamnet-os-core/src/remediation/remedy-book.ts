import type { Clock, PublishEvent, RecoveryAction, Store, StoreWrite } from '@dreamnet/contracts';
import { createId, type StepOutcome, step, type TransitionTable } from '@dreamnet/kit';
import { isFinished, REMEDY_STATES, type RemedyEvent } from './remedy-states.js';

const COLLECTION = 'remedies';

/** Finished remedies kept; they are the history that cooldown and intensity count. */
const FINISHED_KEPT = 1000;

/** The table as the stepper reads it. */
const TABLE: TransitionTable<RecoveryAction['state'], RemedyEvent> = REMEDY_STATES;

export interface RemedyBookOptions {
  clock: Clock;
  publish: PublishEvent;
  store?: Store;
}

/** A remedy before it has an identity and a state. */
export type RemedyDraft = Omit<RecoveryAction, 'id' | 'state' | 'checks' | 'createdAt'>;

/** What may change beside the state. */
export type RemedyPatch = Partial<
  Pick<
    RecoveryAction,
    'checks' | 'executedAt' | 'finishedAt' | 'expiresAt' | 'decidedBy' | 'outcome' | 'verification' | 'reason'
  >
>;

/** All remedies, by identity. Changes are drained into the store by whoever commits next. */
export interface RemedyBook {
  add(draft: RemedyDraft): RecoveryAction;
  get(id: string): RecoveryAction | undefined;
  /** Oldest first. */
  list(): readonly RecoveryAction[];
  /** Those not finished. */
  unfinished(): readonly RecoveryAction[];
  /** One step of the state table; a refusal changes nothing. */
  step(id: string, event: RemedyEvent, patch?: RemedyPatch): StepOutcome<RecoveryAction['state']>;
  patch(id: string, patch: RemedyPatch): void;
  load(): Promise<void>;
  drain(): StoreWrite[];
}

/** Makes the remedy book; empty until `load()`. */
export function createRemedyBook(options: RemedyBookOptions): RemedyBook {
  const { clock, publish } = options;
  const remedies = new Map<string, RecoveryAction>();
  const unfinished = new Set<string>();
  const changed = new Set<string>();

  const put = (remedy: RecoveryAction): void => {
    remedies.set(remedy.id, remedy);
    changed.add(remedy.id);
    if (isFinished(remedy.state)) unfinished.delete(remedy.id);
    else unfinished.add(remedy.id);
  };
  const forgetOldest = (): void => {
    for (const remedy of remedies.values()) {
      if (remedies.size - unfinished.size <= FINISHED_KEPT) return;
      if (unfinished.has(remedy.id)) continue;
      remedies.delete(remedy.id);
      changed.add(remedy.id);
    }
  };

  return {
    add: (draft) => {
      const remedy: RecoveryAction = {
        ...draft,
        id: createId('remedy'),
        state: 'proposed',
        checks: [],
        createdAt: clock.now(),
      };
      put(remedy);
      forgetOldest();
      publish('remedy.changed', remedy.id, { remedy });
      return remedy;
    },
    get: (id) => remedies.get(id),
    list: () => [...remedies.values()],
    unfinished: () => [...unfinished].flatMap((id) => remedies.get(id) ?? []),
    step: (id, event, patch = {}) => {
      const before = remedies.get(id);
      if (!before) return { ok: false, from: 'proposed', because: `there is no remedy '${id}'` };
      const outcome = step(TABLE, before.state, event);
      if (!outcome.ok) return outcome;
      const end = isFinished(outcome.to) ? { finishedAt: clock.now() } : {};
      const remedy: RecoveryAction = { ...before, ...end, ...patch, state: outcome.to };
      put(remedy);
      publish('remedy.changed', id, { remedy });
      return outcome;
    },
    patch: (id, patch) => {
      const before = remedies.get(id);
      if (before) put({ ...before, ...patch });
    },
    load: async () => {
      for (const remedy of await readAll(options.store)) {
        remedies.set(remedy.id, remedy);
        if (!isFinished(remedy.state)) unfinished.add(remedy.id);
      }
    },
    drain: () => {
      const writes = [...changed].map((key): StoreWrite => {
        const value = remedies.get(key);
        return value
          ? { op: 'put', collection: COLLECTION, key, value }
          : { op: 'delete', collection: COLLECTION, key };
      });
      changed.clear();
      return writes;
    },
  };
}

async function readAll(store: Store | undefined): Promise<RecoveryAction[]> {
  const records = (await store?.scan(COLLECTION, { limit: 10_000 })) ?? [];
  return records
    .map((record) => record.value as RecoveryAction)
    .sort((left, right) => left.createdAt - right.createdAt);
}
