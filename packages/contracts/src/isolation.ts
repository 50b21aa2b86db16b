import type { NetworkBindingConfig } from './os-linker.js';

/** A file or folder a sandboxed process sees, at the same path as outside. `path` is absolute. */
export interface BoundPath {
  path: string;
  mode: 'ro' | 'rw';
}

/** A user of the machine, by number. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
}

/** How a local process is kept apart from the rest of the machine; without it, not at all. */
export interface IsolationSpec {
  /** `process`: own user, no new privileges, no core dumps. `sandbox`: namespaces of its own around it, too. */
  level: 'process' | 'sandbox';
  /** true: what cannot be enforced here refuses the start. false: it is said in `notEnforced`, and the process runs. */
  isRequired: boolean;
  /**
   * Who it runs as: a name, a number, or `dynamic` for one that nobody else has. Needs a daemon that is root. Default:
   * `dynamic` for `process`, the daemon's own user for `sandbox`.
   */
  user?: string;
  /** Seen in the sandbox beside the system's programs and the working folder. */
  paths: readonly BoundPath[];
  /** Enforced by the sandbox alone. */
  network: NetworkBindingConfig;
}
