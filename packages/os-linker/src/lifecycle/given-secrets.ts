import type { SecretReference } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { appliesTo } from '../environment-bindings/binding-book.js';
import { SECRETS_VARIABLE } from '../environment-bindings/resolve-environment.js';
import { type LinkerState, requireRecord, resolveFor } from './linker-state.js';

/** What could be learnt of the secrets that a process of an earlier daemon was given. */
export interface GivenSecrets {
  /** Variables whose given value is not known: what the process writes cannot be masked. */
  readonly unknown: readonly string[];
  /** Variables of which only today's value is known: of a process that is gone the given one may have been another. */
  readonly unsure: readonly string[];
  /** Whether the vault is locked. */
  readonly isLocked: boolean;
}

/** The variables a process was started with; undefined when they cannot be read. */
export type GivenEnvironment = Readonly<Record<string, string>> | undefined;

/**
 * Teaches the redactor what processes of one id were given, and every version of theirs that the vault keeps. What is bound now must be
 * what was bound then: to be called before the bindings change.
 *
 * @param environments Of each process that is left. Empty: none is, and today's values stand for what was given.
 * @throws DN_LINKER_UNKNOWN_PROCESS
 */
export async function learnGivenSecrets(
  state: LinkerState,
  processId: string,
  environments: readonly GivenEnvironment[],
): Promise<GivenSecrets> {
  const bound = boundSecrets(state, processId);
  const kept = await learnKeptVersions(state, bound);
  if (environments.length === 0) return learnToday(state, processId, { bound, kept });
  const unread = new Set<string>();
  for (const environment of environments)
    for (const variable of await learnFrom(state, { processId, environment, bound })) unread.add(variable);
  const isKept = (variable: string) => kept.variables.has(variable);
  return {
    unknown: [...unread].filter((variable) => !isKept(variable)),
    unsure: [],
    isLocked: kept.isLocked,
  };
}

type Bound = ReadonlyMap<string, SecretReference>;

interface KeptVersions {
  /** Of these all that the vault ever gave is known. */
  readonly variables: ReadonlySet<string>;
  readonly isLocked: boolean;
}

function boundSecrets(state: LinkerState, processId: string): Bound {
  const { environment } = requireRecord(state, processId).descriptor.runtimeContext;
  const bindings = state.bindings.list({ processId }).filter((one) => appliesTo(one, environment));
  return new Map(
    bindings.flatMap((binding) => (binding.type === 'secrets' ? Object.entries(binding.config) : [])),
  );
}

async function learnKeptVersions({ options }: LinkerState, bound: Bound): Promise<KeptVersions> {
  const variables = new Set<string>();
  let isLocked = false;
  for (const [variable, reference] of bound) {
    if (reference.from !== 'vault') continue;
    try {
      const versions = await options.vault.versions(reference.key);
      for (const { version } of versions) {
        const value = await options.vault.get(reference.key, version);
        if (value !== undefined) options.redactor?.add(value);
      }
      // A deletion took the versions before it away.
      if (versions.length > 0 && !versions.some(({ isDeleted }) => isDeleted)) variables.add(variable);
    } catch (thrown) {
      // Not known for whatever reason: the variable is not among those answered.
      isLocked ||= DreamnetError.from(thrown).code === 'DN_VAULT_LOCKED';
    }
  }
  return { variables, isLocked };
}

async function learnToday(
  state: LinkerState,
  processId: string,
  { bound, kept }: { bound: Bound; kept: KeptVersions },
): Promise<GivenSecrets> {
  const { isLocked } = kept;
  if (bound.size === 0) return { unknown: [], unsure: [], isLocked };
  // Whoever resolves an environment teaches the redactor its secrets.
  const { problems } = await resolveFor(state, requireRecord(state, processId));
  const missing = new Set(problems.map(({ key }) => key));
  const names = [...bound.keys()];
  const isMissing = (variable: string) => missing.has(`secret:${variable}`);
  return {
    unknown: names.filter(isMissing),
    unsure: names.filter((variable) => !isMissing(variable) && !kept.variables.has(variable)),
    isLocked,
  };
}

/** @returns Variables whose value could not be read. */
async function learnFrom(
  { options }: LinkerState,
  given: { processId: string; environment: GivenEnvironment; bound: Bound },
): Promise<readonly string[]> {
  const { processId, environment, bound } = given;
  const told = environment?.[SECRETS_VARIABLE]?.split(' ');
  const unread: string[] = [];
  for (const variable of told ?? bound.keys()) {
    const text = environment?.[variable];
    const isFile = text !== undefined && text === options.secretFiles?.pathOf(processId, variable);
    const value = isFile ? await options.secretFiles?.read(processId, variable) : text;
    if (value === undefined) unread.push(variable);
    else options.redactor?.add(value);
  }
  return unread;
}
