import type { OSProcessDescriptor } from '@dreamnet/contracts';
import type { LinkerState } from '../lifecycle/linker-state.js';
import { putCapability } from '../state/stored-state.js';
import { commitOrUndo, type PendingChange } from './commit-or-undo.js';

/** Adds providers to a capability; on disk when it resolves. */
export async function mapCapability(
  state: LinkerState,
  capability: string,
  provider: string | readonly string[],
): Promise<readonly string[]> {
  const before = state.capabilities.providersOf(capability);
  const all = [...new Set([...before, ...(typeof provider === 'string' ? [provider] : provider)])];
  await storeProviders(state, capability, { before, after: all });
  return all;
}

/** Takes a provider, or all, from a capability; on disk when it resolves. */
export async function unmapCapability(
  state: LinkerState,
  capability: string,
  provider?: string,
): Promise<boolean> {
  const before = state.capabilities.providersOf(capability);
  const after = provider === undefined ? [] : before.filter((one) => one !== provider);
  return storeProviders(state, capability, { before, after });
}

/**
 * A process provides what its descriptor names: what it lost is unmapped, what is new is mapped last. Done in
 * memory; the change returned is still to be stored.
 */
export function remapCapabilities(
  state: LinkerState,
  before: OSProcessDescriptor | undefined,
  after: OSProcessDescriptor | undefined,
): PendingChange {
  const provider = after?.id ?? before?.id ?? '';
  // Forgetting a process also takes back what was mapped to it by hand.
  const old = after ? (before?.capabilities ?? []) : state.capabilities.capabilitiesOf(provider);
  const wanted = after?.capabilities ?? [];
  const names = [...new Set([...old, ...wanted])];
  const previous = names.map((name) => [name, state.capabilities.providersOf(name)] as const);
  const unmapped = old.filter((name) => !wanted.includes(name) && state.capabilities.unmap(name, provider));
  const mapped = wanted.filter((name) => state.capabilities.map(name, provider));
  return {
    operation: `the capabilities of ${provider}`,
    writes: [...unmapped, ...mapped].map((name) => putCapability(name, state.capabilities.providersOf(name))),
    undo: () => {
      for (const [name, providers] of previous) state.capabilities.setProviders(name, providers);
    },
  };
}

async function storeProviders(
  state: LinkerState,
  capability: string,
  change: { before: readonly string[]; after: readonly string[] },
): Promise<boolean> {
  // Also checks the names, so it runs even when nothing changes.
  state.capabilities.setProviders(capability, change.after);
  if (change.after.length === change.before.length) return false;
  await commitOrUndo(state, {
    operation: `the providers of ${capability}`,
    writes: [putCapability(capability, change.after)],
    undo: () => state.capabilities.setProviders(capability, change.before),
  });
  return true;
}
