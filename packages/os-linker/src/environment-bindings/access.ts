import { dirname, resolve } from 'node:path';
import type { BoundPath, NetworkBindingConfig } from '@dreamnet/contracts';
import type { CheckedBinding } from './schema.js';

/** What a process may see and reach by its bindings; a sandbox holds it to that. */
export interface Access {
  readonly paths: readonly BoundPath[];
  readonly network: NetworkBindingConfig;
}

/**
 * Puts the files and network bindings of a process together: what any of them allows is allowed.
 *
 * @param where `directory`: relative paths start there; `secretPaths`: secrets delivered as files.
 */
export function describeAccess(
  bindings: readonly CheckedBinding[],
  where: { directory?: string | undefined; secretPaths?: readonly string[] },
): Access {
  // The folder and not the file: a new value replaces the file, and a mounted file would stay the old one.
  const secretFolders = new Set((where.secretPaths ?? []).map((path) => dirname(path)));
  const paths: BoundPath[] = [...secretFolders].map((path) => ({ path, mode: 'ro' }));
  const allow: string[] = [];
  let isHost = false;
  let isListed = false;
  for (const binding of bindings) {
    if (binding.type === 'files') {
      const { path, mode = 'ro' } = binding.config;
      paths.push({ path: resolve(where.directory ?? '/', path), mode });
    } else if (binding.type === 'network') {
      isHost ||= binding.config.access === 'host';
      isListed ||= binding.config.access === 'allow-list';
      if (binding.config.access === 'allow-list') allow.push(...binding.config.allow);
    }
  }
  if (isHost) return { paths, network: { access: 'host' } };
  return { paths, network: isListed ? { access: 'allow-list', allow } : { access: 'none' } };
}
