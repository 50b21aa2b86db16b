import { fleetSchema } from '../config/schema.js';

/** An agent or a subsystem on its way into a fleet file. */
export interface FleetEntry {
  readonly section: 'agents' | 'subsystems';
  readonly name: string;
  readonly value: Record<string, unknown>;
  readonly notes: string[];
}

/** An entry that could not be taken at all, and why. */
export interface LostEntry {
  readonly name: string;
  readonly why: string;
}

/** Each round takes out what the one before it laid open; an entry has no more layers than this. */
const MOST_ROUNDS = 8;
/** Keys whose values stand one by one: of these only the one that does not fit is left out. */
const MAPS: readonly string[] = ['env', 'bindings', 'restart', 'resources', 'health'];

/**
 * Leaves out what a fleet file does not take, such as a limit of memory below the smallest one, and says so in the notes.
 *
 * @returns The entries that are left, and those without a use when what does not fit is gone.
 */
export function fitEntries(entries: readonly FleetEntry[]): {
  kept: readonly FleetEntry[];
  lost: readonly LostEntry[];
} {
  let kept = [...entries];
  const lost: LostEntry[] = [];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const byKey = new Map(kept.map((entry) => [`${entry.section}.${entry.name}`, entry]));
    const outcome = fleetSchema.safeParse({ version: 1, ...sectionsOf(kept) });
    if (outcome.success) break;
    const gone = new Set<FleetEntry>();
    for (const { path, message } of outcome.error.issues) {
      const [section, name, ...rest] = path.map(String);
      const entry = byKey.get(`${section}.${name}`);
      if (!entry || gone.has(entry) || leaveOut(entry, rest, message)) continue;
      gone.add(entry);
      lost.push({ name: entry.name, why: `${rest.join('.') || entry.section}: ${message}` });
    }
    kept = kept.filter((entry) => !gone.has(entry));
  }
  return { kept, lost };
}

function sectionsOf(entries: readonly FleetEntry[]) {
  const of = (section: FleetEntry['section']) =>
    Object.fromEntries(
      entries.filter((one) => one.section === section).map(({ name, value }) => [name, value]),
    );
  return { agents: of('agents'), subsystems: of('subsystems') };
}

/** @returns false when it is something the entry cannot be without. */
function leaveOut({ value, notes }: FleetEntry, path: readonly string[], message: string): boolean {
  const [key] = path;
  if (key === undefined || ['runtime', 'command', 'probe'].includes(key)) return false;
  const depth = MAPS.includes(key) ? path.length : 1;
  // Taken out already with another of its faults.
  if (removeAt(value, path.slice(0, depth))) notes.push(`not carried over: ${path.join('.')}: ${message}`);
  return true;
}

function removeAt(value: Record<string, unknown>, path: readonly string[]): boolean {
  const [key = '', ...rest] = path;
  if (!Object.hasOwn(value, key)) return false;
  const inner = value[key];
  if (rest.length === 0 || typeof inner !== 'object' || inner === null) {
    if (Array.isArray(value)) value.splice(Number(key), 1);
    else delete value[key];
    return true;
  }
  return removeAt(inner as Record<string, unknown>, rest);
}
