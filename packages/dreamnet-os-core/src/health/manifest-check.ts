import { LARGEST_WEIGHT, LEAST_WEIGHT, type SubsystemManifest } from '@dreamnet/contracts';
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

/**
 * Are the lists of a manifest lists of what they should be, and its weights such as can be counted? Programs without types register subsystems, too, and whoever
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
  checkWeight(name, 'weight', manifest.weight);
  for (const [at, { weight }] of (manifest.indicators ?? []).entries())
    checkWeight(name, `indicators[${at}].weight`, weight);
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
