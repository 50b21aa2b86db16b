import { createHash } from 'node:crypto';
import type { Clock, Subsystem } from '@dreamnet/contracts';
import { createOtlpInstances, type OtlpInstances } from './otlp-instances.js';
import { attributesOf, type OtlpResource } from './otlp-messages.js';
import { createSpanFigures, type SpanFigures } from './span-figures.js';

/** A service that exports, as the subsystem it is. */
export interface OtlpService {
  readonly name: string;
  /** Its processes, each with what it counts. */
  readonly instances: OtlpInstances;
  readonly spans: SpanFigures;
  /** The fleet file says how long it may be silent: no guess is needed. */
  readonly hasOwnTtl: boolean;
}

export interface OtlpServicesOptions {
  clock: Clock;
  isWatched: (name: string) => boolean;
  watch: (name: string, make: () => Subsystem) => void;
  hasOwnTtl: (name: string) => boolean;
  settings: { autoWatch: boolean; limit: number };
  /** A service that nobody declared exported. */
  onUndeclared?: (name: string) => void;
}

/** Finds the service of a resource. */
export interface OtlpServices {
  /** @param agent The only subsystem the sender may report on: its exports are that one's, whatever they are called. */
  of(resource: OtlpResource | undefined, agent: string | undefined): OtlpService | { refused: string };
  /** Watches again who was watched before the start without being declared, as far as that is still wanted. */
  resume(names: readonly string[]): void;
}

const LONGEST_NAME = 63;
/** Of a thousand services two have the same with a probability of one in ten thousand. */
const DIGEST_LENGTH = 8;
/** SDKs that were given no name call themselves like this. */
const NAMELESS = 'unknown_service';

/** No services yet. A service nobody declared is watched when it first exports, up to a limit. */
export function createOtlpServices(options: OtlpServicesOptions): OtlpServices {
  const { isWatched, watch, settings } = options;
  const services = new Map<string, OtlpService>();
  const undeclared = new Set<string>();
  const nameOf = createNaming((name) => isWatched(name) && !undeclared.has(name));
  const watchUndeclared = (name: string): void => {
    undeclared.add(name);
    watch(name, () => ({ manifest: {} }));
  };
  return {
    resume: (names) => {
      for (const name of names)
        if (settings.autoWatch && undeclared.size < settings.limit && !isWatched(name)) watchUndeclared(name);
    },
    of: (resource, agent) => {
      const attributes = attributesOf(resource?.attributes);
      const name = agent ?? nameOf(attributes);
      const known = services.get(name);
      if (undeclared.has(name)) options.onUndeclared?.(name);
      if (known !== undefined && isWatched(name)) return known;
      if (!isWatched(name)) {
        if (!settings.autoWatch)
          return { refused: `'${name}' is no subsystem of the fleet file, and ingest.otlp.autoWatch is off` };
        if (undeclared.size >= settings.limit)
          return {
            refused: `'${name}' would be watched, but ingest.otlp.limit (${settings.limit}) is reached`,
          };
        watchUndeclared(name);
        options.onUndeclared?.(name);
      }
      const service: OtlpService = {
        name,
        instances: createOtlpInstances(options.clock),
        spans: createSpanFigures(options.clock),
        hasOwnTtl: options.hasOwnTtl(name),
      };
      services.set(name, service);
      return service;
    },
  };
}

type Attributes = ReadonlyMap<string, string | number | boolean>;

/**
 * `service.name`, or `NAME-INSTANCE` where the fleet file declares the instances one by one. A name that cannot be
 * written there ends in a digest of it: no two services have one name. Without the digest it is the declared subsystem
 * of that name, unless another service is that one already.
 */
function createNaming(isDeclared: (name: string) => boolean): (attributes: Attributes) => string {
  /** Which service a declared subsystem is, by the name that it has otherwise. */
  const claimed = new Map<string, string>();
  return (attributes) => {
    const told = String(attributes.get('service.name') ?? NAMELESS);
    const plain = asName(told);
    const instance = attributes.get('service.instance.id');
    const one = instance === undefined ? undefined : asName(`${plain}-${String(instance)}`);
    if (one !== undefined && isDeclared(one)) return one;
    const distinct = plain === told || told === '' ? plain : withDigest(plain, told);
    if (!isDeclared(plain)) return distinct;
    // Who is called exactly so comes before who only looks like it.
    if (distinct === plain || !claimed.has(plain)) claimed.set(plain, distinct);
    return claimed.get(plain) === distinct ? plain : distinct;
  };
}

function withDigest(plain: string, told: string): string {
  const digest = createHash('sha256').update(told).digest('hex').slice(0, DIGEST_LENGTH);
  return `${plain.slice(0, LONGEST_NAME - DIGEST_LENGTH - 1).replace(/[-_]+$/, '')}-${digest}`;
}

/** As names are written in the fleet file: letters, digits, - and _. */
function asName(text: string): string {
  const name = text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, LONGEST_NAME)
    .replace(/^[-_]+|[-_]+$/g, '');
  return name === '' ? NAMELESS : name;
}
