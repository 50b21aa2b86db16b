import type { ImportedAgent } from './imported.js';
import { hasDefault, partsOf, referencesIn, withDefaults } from './interpolation.js';
import { mapOf } from './values.js';

/** Filled in by compose before it reads them, and here by nobody later on; what runs has a shell for it. */
export const FILLED_SETTINGS = [
  'restart',
  'stop_grace_period',
  'stop_signal',
  'mem_limit',
  'cpus',
  'pids_limit',
  'healthcheck',
  'deploy',
  'scale',
];

/**
 * The service with its variables filled in where a plain value is needed: each has its default, and a comment says so.
 * What has a variable without a default is left out by name.
 */
export function fillSettings(
  agent: ImportedAgent,
  service: Record<string, unknown>,
): Record<string, unknown> {
  const filled = { ...service };
  for (const key of FILLED_SETTINGS) if (key in service) filled[key] = fill(agent, service[key], key);
  return filled;
}

/** Undefined for what cannot be filled in; a list is filled in as a whole or not at all. */
function fill(agent: ImportedAgent, value: unknown, place: string): unknown {
  if (typeof value === 'string') return fillText(agent, value, place);
  if (Array.isArray(value)) {
    const filled = value.map((one) => fill(agent, one, place));
    return filled.includes(undefined) ? undefined : filled;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(mapOf(value));
  return Object.fromEntries(entries.map(([key, one]) => [key, fill(agent, one, `${place}.${key}`)]));
}

function fillText(agent: ImportedAgent, written: string, place: string): string | undefined {
  const parts = partsOf(written);
  const { text, defaults, isWhole } = withDefaults(parts);
  if (isWhole) {
    for (const name of new Set(defaults)) note(agent, `${place} has its default here: ${name} is not asked`);
    return text;
  }
  const missing = referencesIn(parts).filter((reference) => !hasDefault(reference));
  for (const name of new Set(missing.map((reference) => reference.name)))
    note(agent, `not carried over: ${place}; ${name} has no default there`);
  return undefined;
}

function note(agent: ImportedAgent, text: string): void {
  if (!agent.notes.includes(text)) agent.notes.push(text);
}
