/** The shapes of the OS Linker specification (`spec/os-linker.md`). Names and fields are the specification's. */

export type OSProcessStatus = 'running' | 'stopped' | 'error' | 'pending';
export type EnvironmentName = 'production' | 'staging' | 'development';
export type BindingType = 'secrets' | 'files' | 'network';

/** The environment an agent runs in. `version` is e.g. `nodejs-20.x` or `python-3.11`. */
export interface RuntimeContext {
  environment: EnvironmentName;
  version: string;
  env: Record<string, string>;
  metadata?: Record<string, unknown>;
}

/** An agent as the Linker describes it, wherever it runs; not a pid. */
export interface OSProcessDescriptor {
  id: string;
  name: string;
  type: string;
  status: OSProcessStatus;
  metadata: Record<string, unknown>;
  capabilities: string[];
  runtimeContext: RuntimeContext;
}

/** What an OS process may use. `config` is one of the `*BindingConfig` shapes by `type`. */
export interface EnvironmentBinding {
  id: string;
  processId: string;
  environmentId: string;
  type: BindingType;
  config: Record<string, unknown>;
}

/** `config` of a `secrets` binding: variable name → where its value comes from. */
export type SecretsBindingConfig = Record<string, SecretReference>;
export type SecretReference =
  | { from: 'vault'; key: string }
  | { from: 'env'; name: string }
  | { from: 'file'; path: string };

/** `config` of a `files` binding. */
export interface FilesBindingConfig {
  path: string;
  mode?: 'ro' | 'rw';
}

/** `config` of a `network` binding. Enforced in the sandbox only; elsewhere it is recorded and said so. */
export type NetworkBindingConfig =
  | { access: 'none' }
  | { access: 'host' }
  | { access: 'allow-list'; allow: readonly string[] };

/** Capability → providers, in order of preference. */
export interface CapabilitiesMap {
  mappings: Record<string, string[]>;
  metadata?: Record<string, unknown>;
}
