import type { Clock, LocalProcessHost, PublishEvent, Runtime, Store } from '@dreamnet/contracts';
import type { SecretFiles } from './environment-bindings/secret-files.js';
import type { Isolation } from './process-descriptors/launch-plan.js';
import type { Redactor } from './vault/redactor.js';
import type { Vault } from './vault/vault.js';

/** Where runtimes are found by kind; `get` throws a coded error for a kind it does not know. */
export interface RuntimeSource {
  get(kind: string): Runtime;
}

/** Calls an agent over its protocol; the daemon's session does it. */
export type Invoker = (request: {
  processId: string;
  capability?: string;
  input: unknown;
  signal: AbortSignal;
}) => Promise<unknown>;

/**
 * Gives an agent as many processes as are asked for; whoever keeps its replicas does it. Resolves when the number is stored, before the
 * processes are there.
 */
export type Scaler = (request: { processId: string; replicas: number; actor: string }) => Promise<void>;

/** What the linker is given; it reads nothing from its surroundings. */
export interface OSLinkerOptions {
  store: Store;
  clock: Clock;
  publish: PublishEvent;
  runtimes: RuntimeSource;
  /** The supervisor. */
  processes: LocalProcessHost;
  vault: Vault;
  /** Learns every secret an agent is given, and cleans every text the linker publishes or answers. */
  redactor?: Redactor;
  /** The environment the base variables are picked from (see BASE_VARIABLES); nothing else of it is used. */
  environment: Readonly<Record<string, string | undefined>>;
  /** For secrets bound `from: env`; called with the bound names only. */
  lookupVariable?: (name: string) => string | undefined;
  /** Variables by which the daemon tells an agent who and where it is. Secret ones belong into `redactor` first. */
  platformEnvironment?: (processId: string) => Readonly<Record<string, string>>;
  /** Variables that commands of secrets get besides the base ones, such as a mark to find them by. */
  commandEnvironment?: Readonly<Record<string, string>>;
  /** Relative paths of bindings start here. */
  directory?: string;
  /** Isolations the process host really has. Default `none` alone. */
  isolations?: readonly Isolation[];
  /** Where secrets bound `as: file` are put; without it such a binding is a problem. */
  secretFiles?: SecretFiles;
  invoker?: Invoker;
  scaler?: Scaler;
}
