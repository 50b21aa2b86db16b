import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { ConfigurationProblem, RuntimeContext } from '@dreamnet/contracts';
import type { Isolation } from '../process-descriptors/launch-plan.js';
import type { Redactor } from '../vault/redactor.js';
import { appliesTo } from './binding-book.js';
import type { CheckedBinding } from './schema.js';
import { fetchSecret, type SecretSources } from './secret-sources.js';

/** What a process is given at its start. `env` holds secrets: it does not show when this is printed or serialised. */
export interface ResolvedEnvironment {
  /** Complete environment of the child. Not enumerable. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of the variables that hold secrets. */
  readonly secretVariables: readonly string[];
  /** Empty when the process can be started. */
  readonly problems: readonly ConfigurationProblem[];
  /** Bindings that are recorded but not enforced here, in words. */
  readonly notEnforced: readonly string[];
}

export interface ResolveInput {
  context: RuntimeContext;
  bindings: readonly CheckedBinding[];
  isolation: Isolation;
  /** Picked with `pickBaseEnvironment`. */
  base: Readonly<Record<string, string>>;
  /** What the daemon tells the agent about itself; the context's own variables win over it. */
  platform?: Readonly<Record<string, string>>;
  sources: SecretSources;
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
  const secrets: Record<string, string> = {};
  const problems: ConfigurationProblem[] = [];
  const notEnforced: string[] = [];
  for (const binding of applying) {
    if (binding.type === 'secrets') {
      for (const [variable, reference] of Object.entries(binding.config)) {
        const outcome = await fetchSecret(variable, reference, input.sources);
        if (!outcome.ok) problems.push(outcome.problem);
        else {
          input.redactor?.add(outcome.value);
          secrets[variable] = outcome.value;
        }
      }
    } else {
      if (binding.type === 'files') problems.push(...(await checkFiles(binding, input.sources.directory)));
      if (input.isolation !== 'sandbox') notEnforced.push(...sayNotEnforced(binding, input.isolation));
    }
  }
  const env = { ...input.base, ...input.platform, ...input.context.env, ...secrets };
  return hideValues(env, { secretVariables: Object.keys(secrets), problems, notEnforced });
}

function hideValues(
  env: Readonly<Record<string, string>>,
  visible: Omit<ResolvedEnvironment, 'env'>,
): ResolvedEnvironment {
  const resolved = { ...visible, env };
  Object.defineProperty(resolved, 'env', { value: env, enumerable: false });
  return resolved;
}

async function checkFiles(
  binding: Extract<CheckedBinding, { type: 'files' }>,
  directory: string | undefined,
): Promise<readonly ConfigurationProblem[]> {
  const { path, mode = 'ro' } = binding.config;
  const observed = await refusalOfFile(path, mode, directory);
  if (observed === undefined) return [];
  return [
    {
      key: `files:${path}`,
      description: `${path} is bound ${mode === 'rw' ? 'read-write' : 'read-only'}, but it is ${observed}`,
      expected: mode === 'rw' ? 'a path that can be read and written' : 'a path that can be read',
      observed,
      remedyHint: observed === 'not there' ? `create ${path}` : `give the daemon's user access to ${path}`,
    },
  ];
}

async function refusalOfFile(
  path: string,
  mode: 'ro' | 'rw',
  directory: string | undefined,
): Promise<string | undefined> {
  if (!isAbsolute(path) && directory === undefined) return 'a relative path, and relative to nothing';
  const absolute = resolve(directory ?? '/', path);
  if (!(await can(absolute, constants.F_OK))) return 'not there';
  if (!(await can(absolute, constants.R_OK))) return 'not readable';
  return mode === 'ro' || (await can(absolute, constants.W_OK)) ? undefined : 'not writable';
}

function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function sayNotEnforced(
  binding: Extract<CheckedBinding, { type: 'files' | 'network' }>,
  isolation: Isolation,
): readonly string[] {
  const because = `recorded, not enforced: isolation is ${isolation}, and only the sandbox can`;
  if (binding.type === 'files') {
    return [`files ${binding.config.path} (${binding.config.mode ?? 'ro'}): ${because}`];
  }
  const { config } = binding;
  // `host` allows everything, so there is nothing to enforce.
  if (config.access === 'host') return [];
  const what = config.access === 'none' ? 'none' : `allow-list of ${config.allow.length}`;
  return [`network ${what}: ${because}`];
}
