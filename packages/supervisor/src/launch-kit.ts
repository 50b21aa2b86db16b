import type { LocalProcessSpec } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { supervisorError } from './errors.js';
import type { Isolated, Isolator } from './isolation/isolate.js';
import type { LogBook } from './logs/log-book.js';
import type { LogFiles } from './logs/log-files.js';
import { openLogFiles } from './logs/log-files.js';
import type { Confinement } from './resources/cgroups.js';
import { confine } from './resources/cgroups.js';
import type { SpawnPlan } from './spawn/spawn-plan.js';
import { createSpawnPlan } from './spawn/spawn-plan.js';

/** What a process is started with again and again: its open logs, its limits, its prepared spawn. */
export interface LaunchKit {
  readonly logs: LogFiles;
  readonly confinement: Confinement | null;
  readonly isolated: Isolated | null;
  readonly plan: SpawnPlan;
}

export interface LaunchKitOptions {
  readonly instanceId: string;
  readonly book: LogBook;
  readonly cgroupRoot?: string;
  readonly isolator: Isolator;
}

/** Opens the logs and makes the limits of a specification. Whoever asked closes both when nothing runs any more. */
export function createLaunchKit(spec: LocalProcessSpec, options: LaunchKitOptions): LaunchKit {
  const { instanceId, book, cgroupRoot, isolator } = options;
  const logs = openLogFiles(book, spec.id);
  const hasLimits = Object.values(spec.resources ?? {}).some((limit) => limit !== undefined);
  const confinement = hasLimits
    ? confine({
        instanceId,
        processId: spec.id,
        limits: spec.resources ?? {},
        envNames: Object.keys(spec.env),
        cwd: spec.cwd,
        ...(cgroupRoot === undefined ? {} : { root: cgroupRoot }),
      })
    : null;
  const isolated = isolator.isolate(spec);
  const refusal = isolationRefusal(spec, { confinement, isolated });
  const prefix = [...(confinement?.prefix ?? []), ...(isolated?.prefix ?? [])];
  const [first = spec.command[0], ...rest] = [...prefix, ...spec.command];
  const plan = createSpawnPlan(spec, {
    ...{ instanceId, logs, argv: [first, ...rest] as const, env: isolated?.env ?? {} },
    ...(refusal && { refusal }),
  });
  return { logs, confinement, isolated, plan };
}

/** Why a process that must be kept apart is not started: an adopted one goes on, and is told of. */
function isolationRefusal(
  { id, isolation }: LocalProcessSpec,
  { confinement, isolated }: Pick<LaunchKit, 'confinement' | 'isolated'>,
): DreamnetError | undefined {
  const missing = [...(confinement?.notEnforced ?? []), ...(isolated?.notEnforced ?? [])];
  const problems =
    isolated?.problem === undefined ? (isolation?.isRequired ? missing : []) : [isolated.problem];
  if (!isolation || problems.length === 0) return undefined;
  const { level } = isolation;
  return supervisorError('DN_SUPERVISOR_ISOLATION_MISSING', { id, level, problem: problems.join('; ') });
}

/** The kit in use, if any; making a new one closes the old. */
export class LaunchKitSlot {
  readonly #prepare: (spec: LocalProcessSpec) => LaunchKit;
  #kit: LaunchKit | null = null;
  #notEnforced: readonly string[] = [];

  constructor(prepare: (spec: LocalProcessSpec) => LaunchKit) {
    this.#prepare = prepare;
  }

  get current(): LaunchKit | null {
    return this.#kit;
  }

  /** Of the last kit made: it is still true after the process has ended. */
  get notEnforced(): readonly string[] {
    return this.#notEnforced;
  }

  get errSize(): number {
    return this.#kit?.logs.errSize() ?? 0;
  }

  renew(spec: LocalProcessSpec): LaunchKit {
    this.close();
    this.#kit = this.#prepare(spec);
    const { confinement, isolated } = this.#kit;
    this.#notEnforced = [...(confinement?.notEnforced ?? []), ...(isolated?.notEnforced ?? [])];
    return this.#kit;
  }

  /** Nothing runs any more: closes the logs and removes the limits. */
  close(): void {
    this.#kit?.confinement?.remove();
    this.release();
  }

  /** Closes the logs and leaves the limits to what still runs. */
  release(): void {
    this.#kit?.logs.close();
    this.#kit?.isolated?.close();
    this.#kit = null;
  }
}
