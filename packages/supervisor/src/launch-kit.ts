import type { LocalProcessSpec } from '@dreamnet/contracts';
import type { DreamnetError } from '@dreamnet/kit';
import { supervisorError } from './errors.js';
import type { Isolated, Isolator } from './isolation/isolate.js';
import type { LogBook } from './logs/log-book.js';
import type { LogFiles } from './logs/log-files.js';
import { openLogFiles } from './logs/log-files.js';
import type { Confinement } from './resources/cgroups.js';
import { confine } from './resources/cgroups.js';
import { SPARE_VARIABLE } from './spare/turn-line.js';
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

/** Which of the two places of a process a kit is for: a spare must not share limits with the one it stands in for. */
export type KitPlace = 0 | 1;

/** What differs from the usual kit. */
export interface KitVariant {
  readonly place: KitPlace;
  /** The line a spare waits on. */
  readonly turnPath?: string;
}

/** Opens the logs and makes the limits of a specification. Whoever asked closes both when nothing runs any more. */
export function createLaunchKit(
  spec: LocalProcessSpec,
  options: LaunchKitOptions,
  { place, turnPath }: KitVariant = { place: 0 },
): LaunchKit {
  const { instanceId, book, cgroupRoot, isolator } = options;
  const name = nameOfPlace(spec.id, place);
  const logs = openLogFiles(book, spec.id);
  const hasLimits = Object.values(spec.resources ?? {}).some((limit) => limit !== undefined);
  const confinement = hasLimits
    ? confine({
        instanceId,
        processId: name,
        limits: spec.resources ?? {},
        envNames: Object.keys(spec.env),
        cwd: spec.cwd,
        ...(cgroupRoot === undefined ? {} : { root: cgroupRoot }),
      })
    : null;
  const isolated = isolator.isolate(spec, { name, ...(turnPath !== undefined && { turnPath }) });
  const refusal = isolationRefusal(spec, { confinement, isolated });
  const prefix = [...(confinement?.prefix ?? []), ...(isolated?.prefix ?? [])];
  const [first = spec.command[0], ...rest] = [...prefix, ...spec.command];
  const plan = createSpawnPlan(spec, {
    ...{ instanceId, logs, argv: [first, ...rest] as const },
    env: {
      ...isolated?.env,
      ...(turnPath !== undefined && { [SPARE_VARIABLE]: isolated?.turnPath ?? turnPath }),
    },
    ...(refusal && { refusal }),
  });
  return { logs, confinement, isolated, plan };
}

/** The kit of a spare once it serves: whatever starts after it does not wait. */
export function withoutTurn(kit: LaunchKit): LaunchKit {
  const { [SPARE_VARIABLE]: _turn, ...env } = kit.plan.env;
  return { ...kit, plan: { ...kit.plan, env } };
}

/** No id has this mark in it. */
function nameOfPlace(id: string, place: KitPlace): string {
  return place === 0 ? id : `${id}~${place}`;
}

/** Why a process that must be kept apart is not started: an adopted one goes on, and is told of. */
function isolationRefusal(
  { id, isolation }: LocalProcessSpec,
  { confinement, isolated }: Pick<LaunchKit, 'confinement' | 'isolated'>,
): DreamnetError | undefined {
  if (isolated?.refusal) return isolated.refusal;
  const missing = [...(confinement?.notEnforced ?? []), ...(isolated?.notEnforced ?? [])];
  if (!isolation?.isRequired || missing.length === 0) return undefined;
  const { level } = isolation;
  return supervisorError('DN_SUPERVISOR_ISOLATION_MISSING', { id, level, problem: missing.join('; ') });
}

/** Makes the kit of a specification. */
export type PrepareKit = (spec: LocalProcessSpec, variant?: KitVariant) => LaunchKit;

/** The kit in use, if any; making a new one closes the old. */
export class LaunchKitSlot {
  readonly #prepare: PrepareKit;
  /** Of what runs, or starts next. */
  place: KitPlace = 0;
  #kit: LaunchKit | null = null;
  #spec: LocalProcessSpec | null = null;
  #notEnforced: readonly string[] = [];

  constructor(prepare: PrepareKit) {
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

  /** Was the kit in use, if any, made of this very specification? */
  isOf(spec: LocalProcessSpec): boolean {
    return this.#kit === null || this.#spec === spec;
  }

  renew(spec: LocalProcessSpec): LaunchKit {
    this.close();
    this.#spec = spec;
    return this.#use(this.#prepare(spec, { place: this.place }));
  }

  /** Goes on with the kit of a spare, which has taken over. */
  replace(kit: LaunchKit, place: KitPlace, spec: LocalProcessSpec): void {
    this.close();
    this.#spec = spec;
    this.place = place;
    this.#use(withoutTurn(kit));
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

  #use(kit: LaunchKit): LaunchKit {
    this.#kit = kit;
    const { confinement, isolated } = kit;
    this.#notEnforced = [...(confinement?.notEnforced ?? []), ...(isolated?.notEnforced ?? [])];
    return kit;
  }
}
