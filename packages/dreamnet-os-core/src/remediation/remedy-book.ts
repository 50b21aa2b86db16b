import type { Clock, PublishEvent, RecoveryAction, Store, StoreWrite } from '@dreamnet/contracts';
import { createId, step, type TransitionTable } from '@dreamnet/kit';
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
  Pick<RecoveryAction, 'checks' | 'executedAt' | 'expiresAt' | 'decidedBy' | 'outcome'>
>;

/** What became of a step: the remedy after it, or why the table has no such step. */
export type RemedyStep = { ok: true; remedy: RecoveryAction } | { ok: false; because: string };

/** All remedies, by identity. Changes are drained into the store by whoever commits next. */
export interface RemedyBook {
  add(draft: RemedyDraft): RecoveryAction;
  get(id: string): RecoveryAction | undefined;
  /** Oldest first. */
  list(): readonly RecoveryAction[];
  /** Those not finished. */
  unfinished(): readonly RecoveryAction[];
  /** Those of one incident, oldest first. */
  ofIncident(incidentId: string): readonly RecoveryAction[];
  /** One step of the state table; a refusal changes nothing. */
  step(id: string, event: RemedyEvent, patch?: RemedyPatch): RemedyStep;
  load(): Promise<void>;
  drain(): StoreWrite[];
}

/** Makes the remedy book; empty until `load()`. */
export function createRemedyBook(options: RemedyBookOptions): RemedyBook {
  return new Remedies(options);
}

class Remedies implements RemedyBook {
  private readonly remedies = new Map<string, RecoveryAction>();
  private readonly open = new Set<string>();
  private readonly byIncident = new Map<string, Set<string>>();
  private readonly changed = new Set<string>();

  constructor(private readonly options: RemedyBookOptions) {}

  add(draft: RemedyDraft): RecoveryAction {
    const createdAt = this.options.clock.now();
    const remedy: RecoveryAction = {
      ...draft,
      id: createId('remedy'),
      state: 'proposed',
      checks: [],
      createdAt,
    };
    this.put(remedy);
    this.forgetOldest();
    this.options.publish('remedy.changed', remedy.id, { remedy });
    return remedy;
  }

  get(id: string): RecoveryAction | undefined {
    return this.remedies.get(id);
  }

  list(): readonly RecoveryAction[] {
    return [...this.remedies.values()];
  }

  unfinished(): readonly RecoveryAction[] {
    return [...this.open].flatMap((id) => this.remedies.get(id) ?? []);
  }

  ofIncident(incidentId: string): readonly RecoveryAction[] {
    return [...(this.byIncident.get(incidentId) ?? [])].flatMap((id) => this.remedies.get(id) ?? []);
  }

  step(id: string, event: RemedyEvent, patch: RemedyPatch = {}): RemedyStep {
    const before = this.remedies.get(id);
    if (!before) return { ok: false, because: `there is no remedy '${id}'` };
    const outcome = step(TABLE, before.state, event);
    if (!outcome.ok) return outcome;
    const end = isFinished(outcome.to) ? { finishedAt: this.options.clock.now() } : {};
    const remedy: RecoveryAction = { ...before, ...end, ...patch, state: outcome.to };
    this.put(remedy);
    this.options.publish('remedy.changed', id, { remedy });
    return { ok: true, remedy };
  }

  async load(): Promise<void> {
    for (const remedy of await readAll(this.options.store)) {
      if (!this.remedies.has(remedy.id)) this.hold(remedy);
    }
  }

  drain(): StoreWrite[] {
    const writes = [...this.changed].map((key): StoreWrite => {
      const value = this.remedies.get(key);
      return value
        ? { op: 'put', collection: COLLECTION, key, value }
        : { op: 'delete', collection: COLLECTION, key };
    });
    this.changed.clear();
    return writes;
  }

  private put(remedy: RecoveryAction): void {
    this.hold(remedy);
    this.changed.add(remedy.id);
  }

  private hold(remedy: RecoveryAction): void {
    const { id, incidentId } = remedy;
    this.remedies.set(id, remedy);
    if (isFinished(remedy.state)) this.open.delete(id);
    else this.open.add(id);
    if (incidentId === undefined) return;
    const ids = this.byIncident.get(incidentId) ?? new Set();
    this.byIncident.set(incidentId, ids.add(id));
  }

  private forgetOldest(): void {
    if (this.remedies.size - this.open.size <= FINISHED_KEPT) return;
    const oldest = [...this.remedies.keys()].find((id) => !this.open.has(id));
    if (oldest === undefined) return;
    this.forgetIn(this.remedies.get(oldest)?.incidentId, oldest);
    this.remedies.delete(oldest);
    this.changed.add(oldest);
  }

  private forgetIn(incidentId: string | undefined, id: string): void {
    const ids = incidentId === undefined ? undefined : this.byIncident.get(incidentId);
    ids?.delete(id);
    if (incidentId !== undefined && ids?.size === 0) this.byIncident.delete(incidentId);
  }
}

async function readAll(store: Store | undefined): Promise<RecoveryAction[]> {
  const records = (await store?.scan(COLLECTION, { limit: 10_000 })) ?? [];
  return records
    .map((record) => record.value as RecoveryAction)
    .sort((left, right) => left.createdAt - right.createdAt);
}
