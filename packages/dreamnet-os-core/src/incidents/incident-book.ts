import type {
  Clock,
  Evidence,
  Incident,
  IncidentEntry,
  PublishEvent,
  Store,
  StoreWrite,
} from '@dreamnet/contracts';
import { createId, scanAll } from '@dreamnet/kit';
import { cutEvidence, cutTold } from '../told-text.js';
import { type IncidentTitle, titleWhenOver } from './incident-title.js';
import { addEntry, boundTimeline } from './timeline.js';

const COLLECTION = 'incidents';

/** An incident may last for days, and its record is written anew at each change: it stays below some 3 MB, all texts cut. */
const ALERTS_KEPT = 10_000;
const CANDIDATES_KEPT = 100;

/** Resolved incidents kept; older ones are deleted from the store too. */
const RESOLVED_KEPT = 500;

export interface IncidentBookOptions {
  clock: Clock;
  publish: PublishEvent;
  store?: Store;
  /** Default 500. */
  resolvedKept?: number;
}

/** What an incident is opened with. */
export interface IncidentDraft {
  title: string;
  cause: Incident['cause'];
  /** Epoch ms; default now. */
  at?: number;
}

export type NewEntry = Omit<IncidentEntry, 'at' | 'evidence'> & { at?: number; evidence?: Evidence };

/**
 * The incidents and their timelines, each bounded in entries, texts, candidates and alerts, of which the newest are kept. Changes
 * are drained into the store by whoever commits next.
 */
export interface IncidentBook {
  open(draft: IncidentDraft): Incident;
  get(id: string): Incident | undefined;
  /** Newest first. */
  list(): readonly Incident[];
  openOnes(): readonly Incident[];
  /** The open incident whose root cause is this subsystem. */
  openFor(subsystem: string): Incident | undefined;
  /** The last incident of this cause that is over, as long as it is kept. */
  lastResolvedFor(subsystem: string): Incident | undefined;
  /** The open incidents that affect this subsystem. */
  openWith(subsystem: string): readonly Incident[];
  /** Adds to the timeline, at its end; what was `detected` a while ago stands where it belongs in time. */
  append(id: string, entry: NewEntry): void;
  /** Appends a note unless the last note of this subsystem says the same: waiting is told once. */
  note(id: string, entry: Omit<NewEntry, 'stage'>): void;
  attach(id: string, alertId: string, subsystem: string): void;
  detach(id: string, alertId: string): void;
  /** A later analysis that saw more candidates says better why the cause is the cause. */
  explain(id: string, better: Pick<Incident['cause'], 'decidedBy' | 'candidates'>): void;
  /** What it was called by is over, or worse was found: what it is called by from now on. */
  rename(id: string, name: IncidentTitle): void;
  /** Ends it; from then on it is called by the worst that was found about its cause. */
  resolve(id: string, entry: Omit<NewEntry, 'stage'>): void;
  load(): Promise<void>;
  /** Writes for everything changed since the last drain. */
  drain(): StoreWrite[];
}

/** Makes the incident book; empty until `load()`. */
export function createIncidentBook(options: IncidentBookOptions): IncidentBook {
  return new Incidents(options);
}

class Incidents implements IncidentBook {
  private readonly incidents = new Map<string, Incident>();
  private readonly openByCause = new Map<string, string>();
  private readonly resolvedByCause = new Map<string, string>();
  private readonly openByMember = new Map<string, Set<string>>();
  private readonly changed = new Set<string>();
  private openCount = 0;

  constructor(private readonly options: IncidentBookOptions) {}

  open(draft: IncidentDraft): Incident {
    const incident = newIncident(draft, this.options.clock.now());
    this.put(incident);
    this.index(incident);
    this.options.publish('incident.opened', incident.id, { incident });
    return incident;
  }

  get(id: string): Incident | undefined {
    return this.incidents.get(id);
  }

  list(): readonly Incident[] {
    return [...this.incidents.values()].reverse();
  }

  openOnes(): readonly Incident[] {
    return [...this.openByCause.values()].flatMap((id) => this.incidents.get(id) ?? []);
  }

  openFor(subsystem: string): Incident | undefined {
    return this.incidents.get(this.openByCause.get(subsystem) ?? '');
  }

  lastResolvedFor(subsystem: string): Incident | undefined {
    return this.incidents.get(this.resolvedByCause.get(subsystem) ?? '');
  }

  openWith(subsystem: string): readonly Incident[] {
    return [...(this.openByMember.get(subsystem) ?? [])].flatMap((id) => this.incidents.get(id) ?? []);
  }

  append(id: string, entry: NewEntry): void {
    const now = this.options.clock.now();
    const evidence = cutEvidence(entry.evidence ?? {});
    const full: IncidentEntry = { ...entry, summary: cutTold(entry.summary), at: entry.at ?? now, evidence };
    this.update(id, (incident) => ({
      ...incident,
      stages: boundTimeline(addEntry(incident.stages, full, now)),
    }));
    this.options.publish('incident.advanced', id, { incidentId: id, entry: full });
  }

  note(id: string, entry: Omit<NewEntry, 'stage'>): void {
    const stages = this.incidents.get(id)?.stages ?? [];
    const last = stages.findLast((stage) => stage.subsystem === entry.subsystem);
    if (last?.stage !== 'note' || last.summary !== cutTold(entry.summary))
      this.append(id, { ...entry, stage: 'note' });
  }

  attach(id: string, alertId: string, subsystem: string): void {
    this.update(id, (incident) => ({
      ...incident,
      alertIds: withOne(incident.alertIds, alertId).slice(-ALERTS_KEPT),
      affected: withOne(incident.affected, subsystem),
    }));
    const incident = this.incidents.get(id);
    if (incident?.state === 'open') this.index(incident);
  }

  detach(id: string, alertId: string): void {
    this.update(id, (incident) => ({
      ...incident,
      alertIds: incident.alertIds.filter((other) => other !== alertId),
    }));
  }

  explain(id: string, better: Pick<Incident['cause'], 'decidedBy' | 'candidates'>): void {
    this.update(id, (incident) => ({ ...incident, cause: boundCause({ ...incident.cause, ...better }) }));
  }

  rename(id: string, { title, reason }: IncidentTitle): void {
    const cut = cutTold(title);
    this.update(id, (incident) => ({
      ...incident,
      title: cut,
      cause: boundCause({ ...incident.cause, reason }),
    }));
  }

  resolve(id: string, entry: Omit<NewEntry, 'stage'>): void {
    const resolvedAt = entry.at ?? this.options.clock.now();
    const before = this.incidents.get(id);
    const name = before && titleWhenOver(before);
    if (name) this.rename(id, name);
    this.append(id, { ...entry, at: resolvedAt, stage: 'resolved' });
    this.update(id, (incident) => ({ ...incident, state: 'resolved', resolvedAt }));
    const incident = this.incidents.get(id);
    if (!incident) return;
    this.unindex(incident);
    this.resolvedByCause.set(incident.cause.subsystem, id);
    this.options.publish('incident.resolved', id, { incident });
    this.forgetOldest();
  }

  async load(): Promise<void> {
    for (const incident of await readAll(this.options.store)) {
      if (this.incidents.has(incident.id)) continue;
      this.hold(incident);
      if (incident.state === 'open') this.index(incident);
      else this.resolvedByCause.set(incident.cause.subsystem, incident.id);
    }
  }

  drain(): StoreWrite[] {
    const writes = [...this.changed].map((key) => toWrite(key, this.incidents.get(key)));
    this.changed.clear();
    return writes;
  }

  private put(incident: Incident): void {
    this.hold(incident);
    this.changed.add(incident.id);
  }

  private hold(incident: Incident): void {
    const before = this.incidents.get(incident.id);
    this.openCount += Number(incident.state === 'open') - Number(before?.state === 'open');
    this.incidents.set(incident.id, incident);
  }

  private index({ id, cause, affected }: Incident): void {
    this.openByCause.set(cause.subsystem, id);
    for (const member of affected) {
      const ids = this.openByMember.get(member) ?? new Set();
      this.openByMember.set(member, ids.add(id));
    }
  }

  private unindex({ id, cause, affected }: Incident): void {
    if (this.openByCause.get(cause.subsystem) === id) this.openByCause.delete(cause.subsystem);
    for (const member of affected) {
      const ids = this.openByMember.get(member);
      ids?.delete(id);
      if (ids?.size === 0) this.openByMember.delete(member);
    }
  }

  private update(id: string, change: (incident: Incident) => Incident): void {
    const incident = this.incidents.get(id);
    if (incident) this.put(change(incident));
  }

  private forgetOldest(): void {
    let tooMany = this.incidents.size - this.openCount - (this.options.resolvedKept ?? RESOLVED_KEPT);
    for (const { id, cause, state } of this.incidents.values()) {
      if (tooMany <= 0) return;
      if (state !== 'resolved') continue;
      this.incidents.delete(id);
      if (this.resolvedByCause.get(cause.subsystem) === id) this.resolvedByCause.delete(cause.subsystem);
      this.changed.add(id);
      tooMany -= 1;
    }
  }
}

function withOne(names: string[], name: string): string[] {
  return names.includes(name) ? names : [...names, name];
}

function boundCause(cause: Incident['cause']): Incident['cause'] {
  const { reason, candidates } = cause;
  return { ...cause, reason: cutTold(reason), candidates: candidates.slice(0, CANDIDATES_KEPT) };
}

function newIncident(draft: IncidentDraft, now: number): Incident {
  return {
    id: createId('incident'),
    state: 'open',
    title: cutTold(draft.title),
    cause: boundCause(draft.cause),
    alertIds: [],
    affected: [draft.cause.subsystem],
    openedAt: draft.at ?? now,
    stages: [],
  };
}

function toWrite(key: string, value: Incident | undefined): StoreWrite {
  return value === undefined
    ? { op: 'delete', collection: COLLECTION, key }
    : { op: 'put', collection: COLLECTION, key, value };
}

async function readAll(store: Store | undefined): Promise<Incident[]> {
  const found: Incident[] = [];
  if (store) for await (const { value } of scanAll(store, COLLECTION)) found.push(value as Incident);
  return found.sort((left, right) => left.openedAt - right.openedAt);
}
