import type { Clock, PublishEvent, RecoveryAction, Store, StoreWrite } from '@dreamnet/contracts';
import { createId, scanAll, step, type TransitionTable } from '@dreamnet/kit';
import { isFinished, isUnderWay, REMEDY_STATES, type RemedyEvent } from './remedy-states.js';

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
  Pick<RecoveryAction, 'checks' | 'executedAt' | 'expiresAt' | 'decidedBy' | 'outcome' | 'verification'>
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
  /** Those of one subsystem, oldest first. */
  about(subsystem: string): readonly RecoveryAction[];
  /** How many other subsystems have one under way. */
  othersUnderWay(subsystem: string): number;
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
  private readonly bySubsystem = new Map<string, Set<string>>();
  /** How many are under way of each subsystem that has any. */
  private readonly underWay = new Map<string, number>();
  /** Those that are over, in the order in which they were. */
  private readonly finished = new Set<string>();
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
    return this.those(this.open);
  }

  about(subsystem: string): readonly RecoveryAction[] {
    return this.those(this.bySubsystem.get(subsystem));
  }

  othersUnderWay(subsystem: string): number {
    return this.underWay.size - (this.underWay.has(subsystem) ? 1 : 0);
  }

  ofIncident(incidentId: string): readonly RecoveryAction[] {
    return this.those(this.byIncident.get(incidentId));
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

  private those(ids: ReadonlySet<string> = new Set()): RecoveryAction[] {
    return [...ids].flatMap((id) => this.remedies.get(id) ?? []);
  }

  private hold(remedy: RecoveryAction): void {
    const { id, subsystem, incidentId, state } = remedy;
    const before = this.remedies.get(id);
    this.remedies.set(id, remedy);
    const [here, there] = isFinished(state) ? [this.finished, this.open] : [this.open, this.finished];
    here.add(id);
    there.delete(id);
    const change = Number(isUnderWay(state)) - Number(before !== undefined && isUnderWay(before.state));
    if (change !== 0) this.countUnderWay(subsystem, change);
    addTo(this.bySubsystem, subsystem, id);
    if (incidentId !== undefined) addTo(this.byIncident, incidentId, id);
  }

  private countUnderWay(subsystem: string, change: number): void {
    const count = (this.underWay.get(subsystem) ?? 0) + change;
    if (count > 0) this.underWay.set(subsystem, count);
    else this.underWay.delete(subsystem);
  }

  private forgetOldest(): void {
    const [id] = this.finished;
    const oldest = id === undefined ? undefined : this.remedies.get(id);
    if (this.finished.size <= FINISHED_KEPT || oldest === undefined) return;
    this.finished.delete(oldest.id);
    this.remedies.delete(oldest.id);
    this.changed.add(oldest.id);
    dropFrom(this.bySubsystem, oldest.subsystem, oldest.id);
    if (oldest.incidentId !== undefined) dropFrom(this.byIncident, oldest.incidentId, oldest.id);
  }
}

function addTo(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids) ids.add(id);
  else index.set(key, new Set([id]));
}

function dropFrom(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}

async function readAll(store: Store | undefined): Promise<RecoveryAction[]> {
  const found: RecoveryAction[] = [];
  if (store) for await (const { value } of scanAll(store, COLLECTION)) found.push(value as RecoveryAction);
  return found.sort((left, right) => left.createdAt - right.createdAt);
}
