import type { Evidence } from './health.js';
import type { IsolationSpec } from './isolation.js';
import type { LocalProcessHost, LocalProcessSpec, ResourceLimits, RestartPolicy } from './local-process.js';
import type { StopManner } from './stopping.js';

/** How an agent is spoken to; independent of the runtime that runs it. */
export type AgentProtocol = 'mcp' | 'acp' | 'a2a' | 'http' | 'agentcore' | 'heartbeat' | 'none';

/** What a runtime is asked to launch. `config` satisfies the runtime's `configSchema`. */
export interface LaunchSpec {
  processId: string;
  protocol: AgentProtocol;
  config: Readonly<Record<string, unknown>>;
  /** `RuntimeContext.version`: which of several installed versions to use, e.g. `nodejs-22.x`. */
  version?: string;
  /** Folder of the virtual environment it was launched in last. When that is gone, no other installation takes its place. */
  environment?: string;
  /** What `environmentOf` said for this very launch, so that it is not looked for a second time; left out: nobody has asked. */
  found?: RuntimeEnvironment | null;
  /** Complete environment of the child: nothing else is inherited. Values may be secret: never log them. */
  env: Readonly<Record<string, string>>;
  /** How a local process is kept apart; platforms that run elsewhere ignore it. */
  isolation?: IsolationSpec;
  /** How a local process is kept; platforms that supervise themselves ignore it. */
  supervision: {
    restart: RestartPolicy;
    resources?: ResourceLimits;
    stopDeadlineMs: number;
    stop?: StopManner;
  };
}

/** Names one launched thing at its platform; JSON-safe so that it survives the daemon. */
export interface RuntimeHandle {
  readonly runtime: string;
  readonly processId: string;
  readonly ref: Readonly<Record<string, unknown>>;
}

/** The platform's own state beside ours. `vendorState` is an open set. */
export interface RuntimeInspection {
  state: 'starting' | 'running' | 'stopped' | 'failed' | 'gone';
  vendorState: string;
  identity?: string;
  evidence: Evidence;
}

/** What the daemon lends a runtime. */
export interface RuntimeIo {
  processes: LocalProcessHost;
  signal: AbortSignal;
}

/** One installed interpreter that was looked at; `version` is null when it does not answer with one. */
export interface ConsideredInstallation {
  path: string;
  version: string | null;
  /** Where it was found, in words: `PATH`, `nvm`, `virtual environment next to the agent`. */
  foundBy: string;
}

/** Which of several installations a launch uses, and why. */
export interface InstallationChoice {
  /** null when none is what was asked for. */
  chosen: ConsideredInstallation | null;
  because: string;
  /** All that were looked at, best first. */
  considered: readonly ConsideredInstallation[];
}

/** A virtual environment that is used because it lies next to the agent. */
export interface RuntimeEnvironment {
  /** Its folder, absolute. */
  path: string;
  /** Is an interpreter in it? */
  isThere: boolean;
}

/** The driver of one platform. Five required members; every further power is optional and declared by being there. */
export interface Runtime {
  readonly kind: string;
  /** JSON Schema of `LaunchSpec.config`. */
  readonly configSchema: Readonly<Record<string, unknown>>;
  launch(spec: LaunchSpec, io: RuntimeIo): Promise<RuntimeHandle>;
  inspect(handle: RuntimeHandle, io: RuntimeIo): Promise<RuntimeInspection>;
  /** Resolves when nothing of it runs any more. `deadlineMs`: how long it may end by itself before it is ended. */
  stop(handle: RuntimeHandle, io: RuntimeIo, deadlineMs: number): Promise<void>;
  /** Finds a launched thing again after the daemon was away. */
  attach?(handle: RuntimeHandle, io: RuntimeIo): Promise<boolean>;
  /**
   * Versions found on this machine, e.g. `nodejs-20.20.2`; checked against `RuntimeContext.version`.
   * With a `config`, only those a launch with it could use.
   */
  versions?(config?: Readonly<Record<string, unknown>>): Promise<readonly string[]>;
  /**
   * The installation a launch would use now, and why that one; null when the command names its program itself, so
   * that there is nothing to choose.
   */
  explainChoice?(spec: LaunchSpec): Promise<InstallationChoice | null>;
  /**
   * The virtual environment next to the agent that a launch would run in, or `spec.environment` when that is gone and nothing may take
   * its place; null when the launch needs none.
   */
  environmentOf?(spec: LaunchSpec): Promise<RuntimeEnvironment | null>;
  /**
   * What `launch` would hand to the local process host, without launching; lets a new daemon adopt what runs.
   * A runtime with this power names its processes by their id alone: the `ref` of its handles is empty.
   */
  localSpec?(spec: LaunchSpec): Promise<LocalProcessSpec>;
}
