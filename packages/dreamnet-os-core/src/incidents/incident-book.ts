import type {
  Clock,
  Evidence,
  Incident,
  IncidentEntry,
  PublishEvent,
  Store,
  StoreWrite,
} from '@dreamnet/contracts';
import { createId } from '@dreamnet/kit';
import { boundTimeline } from './timeline.js';

const COLLECTION = 'incidents';

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

/** The incidents and their timelines. Changes are drained into the store by whoever commits next. */
export interface IncidentBook {
  open(draft: IncidentDraft): Incident;
  get(id: string): Incident | undefined;
  /** Newest first. */
  list(): readonly Incident[];
  openOnes(): readonly Incident[];
  /** The open incident whose root cause is this subsystem. */
  openFor(subsystem: string): Incident | undefined;
  append(id: string, entry: NewEntry): void;
  /** Appends a note unless the last note of this subsystem says the same: waiting is told once. */
  note(id: string, entry: Omit<NewEntry, 'stage'>): void;
  attach(id: string, alertId: string, subsystem: string): void;
  detach(id: string, alertId: string): void;
  resolve(id: string, entry: Omit<NewEntry, 'stage'>): void;
  load(): Promise<void>;
  /** Writes for everything changed since the last drain. */
  drain(): StoreWrite[];
}

/** Makes the incident book; empty until `load()`. */
export function createIncidentBook(options: IncidentBookOptions): IncidentBook {
  const { clock, publish } = options;
  const incidents = new Map<string, Incident>();
  const openByCause = new Map<string, string>();
  const changed = new Set<string>();

  const put = (incident: Incident): Incident => {
    incidents.set(incident.id, incident);
    changed.add(incident.id);
    return incident;
  };
  const update = (id: string, change: (incident: Incident) => Incident): void => {
    const incident = incidents.get(id);
    if (incident) put(change(incident));
  };
  const append = (id: string, entry: NewEntry): void => {
    const full: IncidentEntry = { ...entry, at: entry.at ?? clock.now(), evidence: entry.evidence ?? {} };
    update(id, (incident) => ({ ...incident, stages: boundTimeline([...incident.stages, full]) }));
    publish('incident.advanced', id, { incidentId: id, entry: full });
  };
  const forgetOldest = (): void => {
    const resolved = [...incidents.values()].filter((incident) => incident.state === 'resolved');
    const surplus = resolved.slice(0, Math.max(0, resolved.length - (options.resolvedKept ?? RESOLVED_KEPT)));
    for (const incident of surplus) {
      incidents.delete(incident.id);
      changed.add(incident.id);
    }
  };

  return {
    open: (draft) => {
      const incident = put(newIncident(draft, clock.now()));
      openByCause.set(draft.cause.subsystem, incident.id);
      publish('incident.opened', incident.id, { incident });
      return incident;
    },
    get: (id) => incidents.get(id),
    list: () => [...incidents.values()].reverse(),
    openOnes: () => [...openByCause.values()].flatMap((id) => incidents.get(id) ?? []),
    openFor: (subsystem) => incidents.get(openByCause.get(subsystem) ?? ''),
    append,
    note: (id, entry) => {
      const stages = incidents.get(id)?.stages ?? [];
      const last = stages.findLast((stage) => stage.subsystem === entry.subsystem);
      if (last?.stage !== 'note' || last.summary !== entry.summary) append(id, { ...entry, stage: 'note' });
    },
    attach: (id, alertId, subsystem) =>
      update(id, (incident) => ({
        ...incident,
        alertIds: [...new Set([...incident.alertIds, alertId])],
        affected: [...new Set([...incident.affected, subsystem])],
      })),
    detach: (id, alertId) =>
      update(id, (incident) => ({
        ...incident,
        alertIds: incident.alertIds.filter((other) => other !== alertId),
      })),
    resolve: (id, entry) => {
      append(id, { ...entry, stage: 'resolved' });
      update(id, (incident) => ({ ...incident, state: 'resolved', resolvedAt: entry.at ?? clock.now() }));
      const incident = incidents.get(id);
      if (!incident) return;
      openByCause.delete(incident.cause.subsystem);
      publish('incident.resolved', id, { incident });
      forgetOldest();
    },
    load: async () => {
      for (const incident of await readAll(options.store)) {
        incidents.set(incident.id, incident);
        if (incident.state === 'open') openByCause.set(incident.cause.subsystem, incident.id);
      }
    },
    drain: () => {
      const writes = [...changed].map((key) => toWrite(key, incidents.get(key)));
      changed.clear();
      return writes;
    },
  };
}

function newIncident(draft: IncidentDraft, now: number): Incident {
  return {
    id: createId('incident'),
    state: 'open',
    title: draft.title,
    cause: draft.cause,
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
  const records = (await store?.scan(COLLECTION, { limit: 10_000 })) ?? [];
  return records
    .map((record) => record.value as Incident)
    .sort((left, right) => left.openedAt - right.openedAt);
}
