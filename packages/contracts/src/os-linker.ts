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
export type SecretReference = SecretSource & SecretDelivery;

/** Where a secret's value is. A command is argv, not a shell line; what it prints is the value. */
export type SecretSource =
  | { from: 'vault'; key: string }
  | { from: 'env'; name: string }
  | { from: 'file'; path: string }
  | { from: 'command'; command: string[]; timeoutMs?: number };

/** How a secret reaches an agent, and what is done when its value changes. */
export interface SecretDelivery {
  /** `file`: the variable holds the path of a file in memory instead of the value. Default `variable`. */
  as?: 'variable' | 'file';
  /** Default `restart`. */
  onChange?: ChangeReaction;
}

/** What is done to a running agent when something bound to it changes. Signals need the value in a file. */
export type ChangeReaction = 'restart' | 'signal:HUP' | 'signal:USR1' | 'signal:USR2' | 'none';

/** `config` of a `files` binding. */
export interface FilesBindingConfig {
  path: string;
  mode?: 'ro' | 'rw';
  /** Default `none`. */
  onChange?: ChangeReaction;
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
