import type { DreamNetOSContext, Subsystem } from '@dreamnet/contracts';
import type { HealthEngine } from '../boundary.js';
import { coreError } from '../errors.js';
import { foundKind } from '../found-text.js';
import { checkSubsystem } from '../health/health-registry.js';

/** The powers found by their method. */
const POWERS = [
  'status',
  'config',
  'problems',
  'shortage',
  'identity',
  'probe',
  'activity',
  'carriedCalls',
  'restart',
  'configure',
  'scale',
  'connect',
  'resync',
] as const satisfies readonly (keyof Subsystem)[];

/** The same object gives the same subsystem, so that running twice on one context changes nothing. */
const ADAPTED = new WeakMap<object, Subsystem>();

/** One subsystem of a context. */
export interface ContextEntry {
  name: string;
  subsystem: Subsystem;
}

/**
 * Turns a context into subsystems: of any object, those properties that are functions and bear the name of a power
 * become that power, bound to the object; nothing else of it is looked at but `manifest` and `probeSchedule`.
 *
 * @throws DN_CORE_CONTEXT_INVALID when it is not a record of objects.
 */
export function contextEntries(context: DreamNetOSContext): ContextEntry[] {
  if (!isObject(context) || Array.isArray(context)) throw invalid('the context', context);
  return Object.entries(context).map(([name, value]) => {
    if (!isObject(value)) throw invalid(name, value);
    return { name, subsystem: adaptSubsystem(value) };
  });
}

/**
 * Registers every subsystem of a context; those known already under the same object stay as they are.
 *
 * @returns The names, in the order of the context.
 * @throws DN_CORE_CONTEXT_INVALID, DN_CORE_SUBSYSTEM_NAME, DN_CORE_MANIFEST_INVALID; then none of them is registered.
 */
export function registerContext(
  engine: Pick<HealthEngine, 'register'>,
  context: DreamNetOSContext,
): string[] {
  const entries = contextEntries(context);
  for (const { name, subsystem } of entries) checkSubsystem(name, subsystem);
  for (const { name, subsystem } of entries) engine.register(name, subsystem);
  return entries.map(({ name }) => name);
}

/** One object as a subsystem; see `contextEntries`. Properties that throw when read count as absent. */
export function adaptSubsystem(value: object): Subsystem {
  const known = ADAPTED.get(value);
  if (known !== undefined) return known;
  const subsystem: Record<string, unknown> = {};
  for (const power of POWERS) {
    const method = readProperty(value, power);
    if (typeof method === 'function') subsystem[power] = method.bind(value);
  }
  for (const declaration of ['manifest', 'probeSchedule']) {
    const declared = readProperty(value, declaration);
    if (isObject(declared)) subsystem[declaration] = declared;
  }
  ADAPTED.set(value, subsystem);
  return subsystem;
}

/** Names of the powers a subsystem has. */
export function powersOf(subsystem: Subsystem): readonly string[] {
  return POWERS.filter((power) => typeof subsystem[power] === 'function');
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function readProperty(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

function invalid(name: string, found: unknown): Error {
  return coreError('DN_CORE_CONTEXT_INVALID', { name, found: foundKind(found) });
}
