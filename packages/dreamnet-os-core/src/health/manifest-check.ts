import {
  DOMAIN_FACTORS,
  type Indicator,
  LARGEST_WEIGHT,
  LEAST_WEIGHT,
  LONGEST_TTL_MS,
  type SubsystemManifest,
} from '@dreamnet/contracts';
import { coreError } from '../errors.js';
import { foundText } from '../found-text.js';

type ListField = 'dependsOn' | 'connections' | 'provides' | 'needs' | 'syncs' | 'indicators';

/** What each entry is known by: the member of an object, or the entry itself where a text will do. */
const LISTS: Readonly<Record<ListField, { by: string; isTextEnough: boolean }>> = {
  dependsOn: { by: 'name', isTextEnough: true },
  connections: { by: 'target', isTextEnough: true },
  provides: { by: '', isTextEnough: true },
  needs: { by: '', isTextEnough: true },
  syncs: { by: 'source', isTextEnough: false },
  indicators: { by: 'metric', isTextEnough: false },
};

const DOMAINS: readonly string[] = Object.keys(DOMAIN_FACTORS);
const FACTORS: readonly string[] = Object.values(DOMAIN_FACTORS).flat();

/**
 * Are the lists of a manifest lists of what they should be, and are its scores fed by what can be counted? What the fleet
 * file refuses is refused here, too. Programs without types register subsystems, too, and whoever
 * walks through the declarations of a fleet later has nobody to tell it to.
 *
 * @throws DN_CORE_MANIFEST_INVALID with the subsystem and the place
 */
export function checkManifest(name: string, manifest: SubsystemManifest): void {
  for (const [field, { by, isTextEnough }] of Object.entries(LISTS)) {
    const list: unknown = manifest[field as ListField];
    if (list === undefined) continue;
    if (!Array.isArray(list)) throw wrong(name, field, { expected: 'a list', found: list });
    const expected = [isTextEnough && 'a text', by !== '' && `an object with '${by}'`]
      .filter(Boolean)
      .join(' or ');
    for (const [at, entry] of list.entries())
      if (!isEntry(entry, by, isTextEnough)) throw wrong(name, `${field}[${at}]`, { expected, found: entry });
  }
  checkDomain(name, manifest.domain);
  checkWeight(name, 'weight', manifest.weight);
  checkHeartbeat(name, manifest.heartbeat);
  for (const [at, indicator] of (manifest.indicators ?? []).entries())
    checkIndicator(name, `indicators[${at}]`, indicator);
}

function checkDomain(name: string, domain: unknown): void {
  if (domain === undefined || DOMAINS.includes(domain as string)) return;
  const expected = `one of ${DOMAINS.map((one) => `'${one}'`).join(', ')}`;
  throw wrong(name, 'domain', { expected, found: domain });
}

function checkHeartbeat(name: string, heartbeat: unknown): void {
  if (heartbeat === undefined) return;
  if (typeof heartbeat !== 'object' || heartbeat === null)
    throw wrong(name, 'heartbeat', { expected: "an object with 'ttlMs'", found: heartbeat });
  const { ttlMs } = heartbeat as { ttlMs?: unknown };
  if (typeof ttlMs === 'number' && ttlMs > 0 && ttlMs <= LONGEST_TTL_MS) return;
  const expected = `a number above 0, ${LONGEST_TTL_MS} (365 days) at most`;
  throw wrong(name, 'heartbeat.ttlMs', { expected, found: ttlMs });
}

function checkIndicator(name: string, place: string, { factor, good, bad, weight }: Indicator): void {
  if (!FACTORS.includes(factor))
    throw wrong(name, `${place}.factor`, { expected: 'a factor of one of the four scores', found: factor });
  for (const [field, value] of Object.entries({ good, bad }))
    if (!Number.isFinite(value))
      throw wrong(name, `${place}.${field}`, { expected: 'a finite number', found: value });
  if (good === bad)
    throw wrong(name, `${place}.bad`, {
      expected: "another number than 'good': they state the direction",
      found: bad,
    });
  checkWeight(name, `${place}.weight`, weight);
}

function checkWeight(name: string, place: string, weight: unknown): void {
  if (weight === undefined) return;
  if (typeof weight === 'number' && weight >= LEAST_WEIGHT && weight <= LARGEST_WEIGHT) return;
  throw wrong(name, place, { expected: `a number from ${LEAST_WEIGHT} to ${LARGEST_WEIGHT}`, found: weight });
}

function isEntry(entry: unknown, by: string, isTextEnough: boolean): boolean {
  if (typeof entry === 'string') return isTextEnough;
  if (by === '' || typeof entry !== 'object' || entry === null) return false;
  return by in entry && typeof (entry as Readonly<Record<string, unknown>>)[by] === 'string';
}

function wrong(name: string, place: string, { expected, found }: { expected: string; found: unknown }) {
  return coreError('DN_CORE_MANIFEST_INVALID', { name, place, expected, found: foundText(found) });
}
