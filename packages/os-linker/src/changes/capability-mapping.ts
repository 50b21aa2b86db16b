import type { OSProcessDescriptor } from '@dreamnet/contracts';
import type { LinkerState } from '../lifecycle/linker-state.js';
import { putCapability } from '../state/stored-state.js';
import { commitOrUndo, type PendingChange } from './commit-or-undo.js';

/** Adds providers to a capability; on disk when it resolves. */
export async function mapCapability(
  state: LinkerState,
  mapping: { capability: string; provider: string | readonly string[] },
  actor: string,
): Promise<readonly string[]> {
  const { capability, provider } = mapping;
  const before = state.capabilities.providersOf(capability);
  const all = [...new Set([...before, ...(typeof provider === 'string' ? [provider] : provider)])];
  await storeProviders(state, capability, { before, after: all, actor });
  return all;
}

/** Takes a provider, or all, from a capability; on disk when it resolves. */
export async function unmapCapability(
  state: LinkerState,
  mapping: { capability: string; provider: string | undefined },
  actor: string,
): Promise<boolean> {
  const { capability, provider } = mapping;
  const before = state.capabilities.providersOf(capability);
  const after = provider === undefined ? [] : before.filter((one) => one !== provider);
  return storeProviders(state, capability, { before, after, actor });
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
  change: { before: readonly string[]; after: readonly string[]; actor: string },
): Promise<boolean> {
  // Also checks the names, so it runs even when nothing changes.
  state.capabilities.setProviders(capability, change.after);
  if (change.after.length === change.before.length) return false;
  const { before, after, actor } = change;
  const news = state.changes.describe({
    actor,
    change: after.length > before.length ? 'mapped' : 'unmapped',
    subject: capability,
    processIds: [...new Set([...before, ...after])].filter(
      (id) => before.includes(id) !== after.includes(id),
    ),
    before: { providers: before },
    after: { providers: after },
  });
  await commitOrUndo(state, {
    operation: `the providers of ${capability}`,
    writes: [putCapability(capability, after), news.write],
    undo: () => state.capabilities.setProviders(capability, before),
  });
  state.changes.add(news.change);
  return true;
}
