import type { SecretReference } from '@dreamnet/contracts';
import { chooseReactions, type SecretVersion } from '@dreamnet/os-linker';
import { countingBindings } from './counting-bindings.js';
import type { DaemonParts } from './parts.js';

/** A process that runs with another value of a secret than the newest one. */
export interface BehindVersion {
  process: string;
  /** The version it was given at its start; null when that one is not kept any more. */
  version: number | null;
}

/**
 * Who runs since before the newest version of a secret was stored, and so without it: what replaces them has stopped, is under way, or
 * was not asked for by their bindings. Files in memory are written anew without a restart, where no restart is asked for.
 *
 * @param users Ids of those bound to it.
 * @param versions Oldest first.
 */
export function behindVersions(
  parts: Pick<DaemonParts, 'linker' | 'supervisor'>,
  { key, users, versions }: { key: string; users: readonly string[]; versions: readonly SecretVersion[] },
): BehindVersion[] {
  const newest = versions.at(-1);
  return users.flatMap((process) => {
    const { identity = null, startedAt = null } = parts.supervisor.get(process) ?? {};
    if (!newest || identity === null || startedAt === null || startedAt >= newest.writtenAt) return [];
    if (isWrittenAnew(parts.linker, process, key)) return [];
    const given = versions.filter(({ writtenAt }) => writtenAt <= startedAt).at(-1);
    return [{ process, version: given?.version ?? null }];
  });
}

function isWrittenAnew(linker: DaemonParts['linker'], processId: string, key: string): boolean {
  const bindings = countingBindings(linker, { processId, type: 'secrets' });
  // Checked by the Linker when it was bound.
  const references = bindings.flatMap(({ config }) =>
    Object.values(config as Readonly<Record<string, SecretReference>>),
  );
  const mine = references.filter((one) => one.from === 'vault' && one.key === key);
  if (chooseReactions(mine.map(({ onChange }) => onChange ?? 'restart'))[0] === 'restart') return false;
  return mine.every((one) => one.as === 'file');
}
