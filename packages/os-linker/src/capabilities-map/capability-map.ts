import type { CapabilitiesMap } from '@dreamnet/contracts';
import { z } from 'zod';
import { linkerError } from '../errors.js';
import { CAPABILITY_PATTERN, capabilitySchema } from '../validation/names.js';

/** Providers may live elsewhere, so their ids may also hold `:`, `/` and `@`; `#` numbers a replica. */
const PROVIDER_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:/@#-]{0,255}$/;
const LONGEST_CAPABILITY = 200;

/** The specification's CapabilitiesMap. */
export const capabilitiesMapSchema = z.strictObject({
  mappings: z.record(capabilitySchema, z.array(z.string().regex(PROVIDER_PATTERN, 'must be a provider id'))),
  metadata: z.exactOptional(z.record(z.string(), z.unknown())),
}) satisfies z.ZodType<CapabilitiesMap>;

/** Who serves a capability, and under which name it was found. */
export interface CapabilityLookup {
  /** The mapped name that answered: the capability itself or its longest dotted prefix; null when none did. */
  matched: string | null;
  /** In order of preference. */
  providers: readonly string[];
}

/** Dotted capability names → providers in order of preference. */
export interface CapabilityMap {
  /** Adds a provider behind those already there; false when it is there already. */
  map(capability: string, provider: string): boolean;
  /** Takes one provider away; false when it was not there. */
  unmap(capability: string, provider: string): boolean;
  /** Sets the whole order; none removes the capability. */
  setProviders(capability: string, providers: readonly string[]): void;
  lookup(capability: string): CapabilityLookup;
  /** The providers mapped to exactly this name. */
  providersOf(capability: string): readonly string[];
  capabilitiesOf(provider: string): readonly string[];
  /** The map in the specification's shape: a copy, capabilities sorted. */
  toMap(metadata?: Record<string, unknown>): CapabilitiesMap;
}

/**
 * An empty capability map.
 *
 * @returns A map whose lookups cost one step a dot. Names that are not dotted names raise DN_LINKER_INVALID_CAPABILITY.
 */
export function createCapabilityMap(): CapabilityMap {
  const mappings = new Map<string, readonly string[]>();
  const providersOf = (capability: string) => mappings.get(capability) ?? [];
  const setProviders = (capability: string, providers: readonly string[]) => {
    checkCapability(capability);
    for (const provider of providers) checkProvider(provider);
    if (providers.length === 0) mappings.delete(capability);
    else mappings.set(capability, [...new Set(providers)]);
  };
  return {
    setProviders,
    providersOf,
    map: (capability, provider) => {
      const before = providersOf(capability);
      if (before.includes(provider)) return false;
      setProviders(capability, [...before, provider]);
      return true;
    },
    unmap: (capability, provider) => {
      const before = providersOf(capability);
      if (!before.includes(provider)) return false;
      setProviders(
        capability,
        before.filter((candidate) => candidate !== provider),
      );
      return true;
    },
    lookup: (capability) => lookupLongest(capability, mappings),
    capabilitiesOf: (provider) =>
      [...mappings].filter(([, providers]) => providers.includes(provider)).map(([name]) => name),
    toMap: (metadata) => ({
      mappings: Object.fromEntries(
        [...mappings]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, providers]) => [name, [...providers]]),
      ),
      ...(metadata && { metadata: structuredClone(metadata) }),
    }),
  };
}

function lookupLongest(
  capability: string,
  mappings: ReadonlyMap<string, readonly string[]>,
): CapabilityLookup {
  checkCapability(capability);
  for (let name = capability; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const providers = mappings.get(name);
    if (providers) return { matched: name, providers: [...providers] };
  }
  return { matched: null, providers: [] };
}

function checkCapability(value: string): void {
  if (value.length <= LONGEST_CAPABILITY && CAPABILITY_PATTERN.test(value)) return;
  throw linkerError('DN_LINKER_INVALID_CAPABILITY', {
    value: shown(value),
    what: 'capability',
    expected: 'a dotted name such as code.generation',
  });
}

function checkProvider(value: string): void {
  if (PROVIDER_PATTERN.test(value)) return;
  throw linkerError('DN_LINKER_INVALID_CAPABILITY', {
    value: shown(value),
    what: 'provider',
    expected: 'an id such as dreamnet-lucid',
  });
}

/** Quoted, so that a control character shows instead of acting. */
function shown(value: string): string {
  return JSON.stringify(value.slice(0, 80));
}
