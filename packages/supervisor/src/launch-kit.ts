import type { LocalProcessSpec } from '@dreamnet/contracts';
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
  readonly plan: SpawnPlan;
}

export interface LaunchKitOptions {
  readonly instanceId: string;
  readonly logDir: string;
  readonly cgroupRoot?: string;
}

/** Opens the logs and makes the limits of a specification. Whoever asked closes both when nothing runs any more. */
export function createLaunchKit(spec: LocalProcessSpec, options: LaunchKitOptions): LaunchKit {
  const { instanceId, logDir, cgroupRoot } = options;
  const logs = openLogFiles(logDir, spec.id);
  const hasLimits = Object.values(spec.resources ?? {}).some((limit) => limit !== undefined);
  const confinement = hasLimits
    ? confine({
        instanceId,
        processId: spec.id,
        limits: spec.resources ?? {},
        envNames: Object.keys(spec.env),
        ...(cgroupRoot === undefined ? {} : { root: cgroupRoot }),
      })
    : null;
  const [first = spec.command[0], ...rest] = [...(confinement?.prefix ?? []), ...spec.command];
  return { logs, confinement, plan: createSpawnPlan(spec, { instanceId, logs, argv: [first, ...rest] }) };
}
