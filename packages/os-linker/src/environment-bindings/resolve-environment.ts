import type {
  BoundPath,
  ConfigurationProblem,
  NetworkBindingConfig,
  ProcessUser,
  RuntimeContext,
} from '@dreamnet/contracts';
import type { Isolation } from '../process-descriptors/launch-plan.js';
import type { Redactor } from '../vault/redactor.js';
import { describeAccess } from './access.js';
import { appliesTo } from './binding-book.js';
import { checkBoundFiles } from './bound-files.js';
import type { CheckedBinding } from './schema.js';
import { fetchSecret, type SecretSources } from './secret-sources.js';

/** Names the variables of a process that hold secrets, or paths of such, so that whoever takes it over knows what to mask. */
export const SECRETS_VARIABLE = 'DREAMNET_SECRETS';

/** What a process is given at its start. `env` holds secrets: it does not show when this is printed or serialised. */
export interface ResolvedEnvironment {
  /** Complete environment of the child. Not enumerable. */
  readonly env: Readonly<Record<string, string>>;
  /** Variable → value of the secrets delivered as files; `env` holds their paths. Not enumerable. */
  readonly files: ReadonlyMap<string, string>;
  /** Names of the variables that hold secrets. */
  readonly secretVariables: readonly string[];
  /** Empty when the process can be started. */
  readonly problems: readonly ConfigurationProblem[];
  /** Files and folders bound, absolute; secrets delivered as files among them. */
  readonly paths: readonly BoundPath[];
  /** What its network bindings allow together; nothing without one. */
  readonly network: NetworkBindingConfig;
  /** Bindings that are recorded but not enforced here, in words. */
  readonly notEnforced: readonly string[];
  /** The agent's own user, whose the files with secrets are; absent when it is the daemon's. */
  readonly user?: ProcessUser;
}

export interface ResolveInput {
  context: RuntimeContext;
  bindings: readonly CheckedBinding[];
  /** The isolation the plan asks for. */
  isolation: Isolation;
  /** Those that can be had here; what is asked for beyond them is said in `notEnforced`. Default `none` alone. */
  isolations?: readonly Isolation[];
  /** The user of its own it will run as; absent when it is the daemon's. */
  user?: ProcessUser | undefined;
  /** Picked with `pickBaseEnvironment`. */
  base: Readonly<Record<string, string>>;
  /** What the daemon tells the agent about itself; the context's own variables win over it. */
  platform?: Readonly<Record<string, string>>;
  sources: SecretSources;
  /** Where `as: file` secrets of this process lie; without it they are a problem. */
  secretFiles?: { pathOf(variable: string): string; problem(): Promise<string | undefined> };
  /** Learns every secret value before anybody else sees it. */
  redactor?: Redactor;
}

/**
 * Puts a child's environment together: base, platform, context, then bound secrets; later ones win, nothing else
 * is inherited.
 *
 * @returns The environment with every problem found; a missing secret is a problem, never a throw.
 */
export async function resolveEnvironment(input: ResolveInput): Promise<ResolvedEnvironment> {
  const applying = input.bindings.filter((binding) => appliesTo(binding, input.context.environment));
  const secrets = await resolveSecrets(applying, input);
  const problems = [...secrets.problems];
  const { user, isolation } = input;
  const { directory } = input.sources;
  const files = applying.filter((binding) => binding.type === 'files');
  problems.push(...(await checkBoundFiles(files, { directory, user, isSandbox: isolation === 'sandbox' })));
  const names = Object.keys(secrets.values);
  const env = {
    ...{ ...input.base, ...input.platform, ...input.context.env, ...secrets.values },
    ...(names.length > 0 && { [SECRETS_VARIABLE]: names.join(' ') }),
  };
  return hideValues(
    { env, files: secrets.files },
    {
      secretVariables: names,
      problems,
      ...describeAccess(applying, { directory, secretPaths: pathsOf(secrets) }),
      notEnforced: findNotEnforced(applying, input),
      ...(user && { user }),
    },
  );
}

interface ResolvedSecrets {
  /** What the variables hold: values, or paths of files. */
  values: Record<string, string>;
  files: Map<string, string>;
  problems: ConfigurationProblem[];
}

function pathsOf({ files, values }: ResolvedSecrets): readonly string[] {
  return [...files.keys()].flatMap((variable) => values[variable] ?? []);
}

async function resolveSecrets(
  bindings: readonly CheckedBinding[],
  input: ResolveInput,
): Promise<ResolvedSecrets> {
  const resolved: ResolvedSecrets = { values: {}, files: new Map(), problems: [] };
  for (const binding of bindings) {
    if (binding.type !== 'secrets') continue;
    for (const [variable, reference] of Object.entries(binding.config)) {
      const outcome = await fetchSecret(variable, reference, { base: input.base, ...input.sources });
      if (!outcome.ok) {
        resolved.problems.push(outcome.problem);
        continue;
      }
      input.redactor?.add(outcome.value);
      if (reference.as === 'file') await deliverAsFile(variable, outcome.value, { input, resolved });
      else resolved.values[variable] = outcome.value;
    }
  }
  return resolved;
}

/** Nothing is written yet: whoever launches does that. */
async function deliverAsFile(
  variable: string,
  value: string,
  { input, resolved }: { input: ResolveInput; resolved: ResolvedSecrets },
): Promise<void> {
  const { secretFiles } = input;
  const observed = secretFiles ? await secretFiles.problem() : 'no place for files in memory';
  if (secretFiles && observed === undefined) {
    resolved.files.set(variable, value);
    resolved.values[variable] = secretFiles.pathOf(variable);
    return;
  }
  resolved.problems.push({
    key: `secret:${variable}`,
    description: `${variable} is to be a file in memory, and there is no place for one: ${observed}`,
    expected: 'a directory in memory that is ours alone',
    observed: observed ?? 'none',
    remedyHint: 'mount a tmpfs at /dev/shm, or leave as: file out',
  });
}

function hideValues(
  hidden: Pick<ResolvedEnvironment, 'env' | 'files'>,
  visible: Omit<ResolvedEnvironment, 'env' | 'files'>,
): ResolvedEnvironment {
  const resolved = { ...visible, ...hidden };
  for (const [name, value] of Object.entries(hidden))
    Object.defineProperty(resolved, name, { value, enumerable: false });
  return resolved;
}

function findNotEnforced(bindings: readonly CheckedBinding[], input: ResolveInput): readonly string[] {
  const { isolation, isolations = ['none'] } = input;
  const isThere = isolations.includes(isolation);
  if (isThere && isolation === 'sandbox') return [];
  const because = isThere
    ? `isolation is ${isolation}, and only the sandbox can`
    : 'there is no sandbox here';
  const sentences = bindings.flatMap((binding) => {
    const what = describeBound(binding);
    return what === undefined ? [] : [`${what}: recorded, not enforced: ${because}`];
  });
  return isThere ? sentences : [`isolation ${isolation}: asked for, not available here`, ...sentences];
}

/** What a sandbox would enforce of a binding, in words. */
function describeBound(binding: CheckedBinding): string | undefined {
  if (binding.type === 'secrets') return undefined;
  if (binding.type === 'files') return `files ${binding.config.path} (${binding.config.mode ?? 'ro'})`;
  // `host` allows everything, so there is nothing to enforce.
  if (binding.config.access === 'host') return undefined;
  return binding.config.access === 'none'
    ? 'network none'
    : `network allow-list of ${binding.config.allow.length}`;
}
