import type {
  LocalProcessSpec,
  ProcessIdentity,
  StopManner,
  StoredRecord,
  SupervisedPhase,
} from '@dreamnet/contracts';
import { DreamnetError, waitLeftMs } from '@dreamnet/kit';
import { holdOpen } from '../hold-open.js';
import { parseEnvironment, readEnvironment } from '../linux/environment.js';
import type { ProcessRecord } from '../records/process-record.js';
import { readRecord } from '../records/process-record.js';
import type { SupervisedUnit } from '../supervised-unit.js';
import { endTree } from '../tree/end-tree.js';
import type { TreeQuery } from '../tree/find-tree.js';
import { findTree } from '../tree/find-tree.js';
import type { UnitSurroundings } from '../unit-surroundings.js';
import type { NamedEnd } from './exit-book.js';
import type { SurvivingFamily, Survivor } from './find-survivors.js';
import { findSurvivors } from './find-survivors.js';

/** What became of each specification given to `adopt`; every id is in exactly one list. */
export interface AdoptionReport {
  /** Go on with their old process. */
  adopted: string[];
  /** Ran, but their pipes died with the earlier supervisor: ended and started anew. */
  replaced: string[];
  /** Ended while nobody supervised; the restart policy started them again or will. */
  restarted: string[];
  /** Their circuit is open; the next trial is kept. */
  waiting: string[];
  /** Did not run and were not meant to: never launched here, stopped, or finished. */
  notRunning: string[];
  /** Could not be taken over. What is left of them is not forgotten: their next start takes it over, or fails as well. */
  failed: { id: string; error: DreamnetError }[];
}

/** A process of this instance that nobody claims. */
export interface Orphan {
  readonly processId: string;
  readonly identity: ProcessIdentity | null;
  /** Processes in its tree. */
  readonly count: number;
}

export interface AdoptionOptions {
  readonly around: UnitSurroundings;
  readonly stored: readonly StoredRecord[];
  readonly unitFor: (spec: LocalProcessSpec) => SupervisedUnit;
  /** Whether a group decides when it starts again. */
  readonly isGrouped: (id: string) => boolean;
  /** Whether a process holds a log of this id open, as everything started under it does from birth. */
  readonly holdsLog: (pid: number, id: string) => boolean;
}

/** Why a process that ran was ended and started again. */
const PIPES_LOST = 'replaced: its pipes died with the earlier supervisor';
/** Why a process that spoke over pipes is gone: at the end of its input such a program ends by itself. */
const PIPES_ENDED = 'it was gone when the supervisor came back: its pipes died with the earlier one';

type Outcome = Exclude<keyof AdoptionReport, 'failed'>;

/** What an earlier supervisor left, and who has claimed it. */
export class Adoption {
  readonly #options: AdoptionOptions;
  readonly #records = new Map<string, ProcessRecord>();
  readonly #families: Map<string, SurvivingFamily>;
  /** Ids being taken over: a second launch waits for the first one's. */
  readonly #claims = new Map<string, Promise<boolean>>();

  constructor(options: AdoptionOptions) {
    this.#options = options;
    for (const stored of options.stored) {
      const record = readRecord(stored);
      if (record) this.#records.set(record.id, record);
    }
    const { instanceId, bootId } = options.around;
    const { holdsLog } = options;
    const hasLine = (id: string, generation: number) => options.around.lines.has(id, generation);
    this.#families = findSurvivors(this.#records, { instanceId, bootId, holdsLog, hasLine });
    options.around.lines.sweep((id, generation) => runs(this.#families.get(id), generation));
  }

  async adopt(specs: readonly LocalProcessSpec[]): Promise<AdoptionReport> {
    const report: AdoptionReport = {
      ...{ adopted: [], replaced: [], restarted: [], waiting: [], notRunning: [] },
      failed: [],
    };
    // One that cannot be taken over is no reason to leave the others alone.
    const outcomes = await Promise.all(
      specs.map(async (spec) => {
        const outcome = this.#orPutBack(spec, () => this.#resume(spec));
        return [spec.id, await outcome.catch((thrown) => DreamnetError.from(thrown))] as const;
      }),
    );
    for (const [id, outcome] of outcomes)
      if (typeof outcome === 'string') report[outcome].push(id);
      else report.failed.push({ id, error: outcome });
    return report;
  }

  /** Whether an earlier supervisor left a record or a process of this id that nobody has claimed. */
  hasLeft(id: string): boolean {
    return this.#records.has(id) || this.#families.has(id) || this.#claims.has(id);
  }

  /**
   * Before an explicit launch: takes over what still runs under this id.
   *
   * @returns Whether the old process goes on, so that nothing need be started.
   */
  claim(spec: LocalProcessSpec): Promise<boolean> {
    const under = this.#claims.get(spec.id);
    if (under) return under;
    const claim = this.#orPutBack(spec, () => this.#claim(spec)).finally(() => this.#claims.delete(spec.id));
    this.#claims.set(spec.id, claim);
    return claim;
  }

  /**
   * The variables of each process that is left of an id and leads others, a spare among them; undefined of one whose environment cannot be
   * read.
   */
  environmentsOf(id: string): (Readonly<Record<string, string>> | undefined)[] {
    const family = this.#families.get(id);
    if (!family) return [];
    const leaders = [family.main, family.spare, ...family.doubles].filter((one) => one !== null);
    return leaders.map(({ identity }) => {
      const environment = readEnvironment(identity.pid);
      return environment ? parseEnvironment(environment) : undefined;
    });
  }

  orphans(): Orphan[] {
    return [...this.#families.values()].map(({ processId, main, count }) => ({
      ...{ processId, count },
      identity: main?.identity ?? null,
    }));
  }

  async endOrphans(deadlineMs: number): Promise<string[]> {
    const families = [...this.#families.values()];
    const ends = families.map((family) => this.#endFamily(family, { stopDeadlineMs: deadlineMs }));
    const outcomes = await Promise.allSettled(ends);
    const ended = families.flatMap(({ processId }, at) =>
      outcomes[at]?.status === 'fulfilled' ? [processId] : [],
    );
    for (const id of ended) {
      this.#families.delete(id);
      this.#records.delete(id);
      this.#options.around.writer.write(id, () => null);
    }
    return ended;
  }

  /** After a failure whoever starts it next must find what is left of it, or there would be two. */
  async #orPutBack<T>(spec: LocalProcessSpec, act: () => Promise<T>): Promise<T> {
    const { id } = spec;
    const record = this.#records.get(id);
    const family = this.#families.get(id);
    try {
      return await act();
    } catch (error) {
      // One that is not idle has got its process.
      if (this.#options.unitFor(spec).phase === 'idle') {
        if (record) this.#records.set(id, record);
        if (family) this.#families.set(id, family);
      }
      throw error;
    }
  }

  async #claim(spec: LocalProcessSpec): Promise<boolean> {
    const record = this.#records.get(spec.id);
    const family = this.#families.get(spec.id);
    if (!record && !family) return false;
    const unit = this.#options.unitFor(spec);
    this.#takeOver(spec.id, unit);
    if (family && isAdoptable(spec, record) && family.main) {
      await this.#adoptMain(unit, family);
      return true;
    }
    if (family) await this.#endFamily(family, spec);
    const lost = family?.main?.identity ?? (record?.phase === 'running' ? record.identity : null);
    if (lost) unit.noteLostRun(lost, record?.startedAt ?? null, family?.main ? PIPES_LOST : undefined);
    return false;
  }

  async #resume(spec: LocalProcessSpec): Promise<Outcome> {
    const record = this.#records.get(spec.id);
    const family = this.#families.get(spec.id);
    if (!record && !family) return 'notRunning';
    const unit = this.#options.unitFor(spec);
    if (unit.phase !== 'idle') return 'adopted';
    this.#takeOver(spec.id, unit);
    const isStopOver = wasStartedSince(record, family);
    const wasStopping = !isStopOver && (record?.phase === 'stopping' || record?.phase === 'idle');
    if (wasStopping && record?.phase === 'stopping' && record.identity) {
      await this.#finishStop(unit, { ...record, identity: record.identity }, family);
      return 'notRunning';
    }
    if (family?.main && !wasStopping && isAdoptable(spec, record)) {
      await this.#adoptMain(unit, family);
      return 'adopted';
    }
    const spare = this.#goesOn(unit, record, family) ? (family?.spare ?? null) : null;
    if (family) await this.#endFamily(family, spec, spare);
    if (wasStopping) return 'notRunning';
    if (spare) unit.adoptSpare(spare);
    if (family?.main) {
      unit.endedWhileAway(family.main.identity, record?.startedAt ?? null, PIPES_LOST);
      return 'replaced';
    }
    const isGrouped = this.#options.isGrouped(spec.id);
    // A spare's end looks like one of the process itself.
    const untold = record && !unit.wantsSpare ? this.#untoldEnd(record) : undefined;
    return resumeGone(unit, record, { isGrouped, untold });
  }

  /** The end of a process that was started, and ended, after the record was written, which is a moment behind. */
  #untoldEnd({ id, phase, generation, lastExit }: ProcessRecord): NamedEnd | undefined {
    if (phase !== 'starting' && phase !== 'backoff') return undefined;
    const found = this.#options.around.exits.findNewest(id);
    const toldAt = lastExit?.at ?? Number.NEGATIVE_INFINITY;
    return found && found.generation >= generation && found.at > toldAt ? found : undefined;
  }

  /** Goes on where the earlier supervisor was: with the time that is left, and without asking again who was asked. */
  async #finishStop(
    unit: SupervisedUnit,
    { stop, identity, startedAt }: ProcessRecord & { identity: ProcessIdentity },
    family: SurvivingFamily | undefined,
  ): Promise<void> {
    const now = this.#options.around.clock.now();
    const { stopDeadlineMs } = unit.spec;
    const begun = stop ?? { at: now, untilAt: now + stopDeadlineMs, steps: [] };
    // A clock that was set back gives no more time than there was at first.
    const leftMs = waitLeftMs(begun.untilAt, now, begun.untilAt - begun.at);
    // All its generations go with it.
    if (family?.main) return unit.finishStop(family.main, leftMs, begun);
    if (family) await this.#endFamily(family, { ...unit.spec, stopDeadlineMs: leftMs });
    unit.noteStopped(identity, startedAt, begun);
  }

  #takeOver(id: string, unit: SupervisedUnit): void {
    const record = this.#records.get(id);
    if (record) unit.restore(record);
    unit.skipGenerations(this.#families.get(id)?.generation ?? 0);
    this.#records.delete(id);
    this.#families.delete(id);
  }

  /** Whoever is gone left a spare that may take over. */
  #goesOn(unit: SupervisedUnit, record: ProcessRecord | undefined, family?: SurvivingFamily): boolean {
    return unit.wantsSpare && record?.phase === 'running' && record.identity !== null && !family?.main;
  }

  async #adoptMain(unit: SupervisedUnit, family: SurvivingFamily): Promise<void> {
    const { processId, main, doubles } = family;
    if (!main) return;
    unit.adopt(main);
    const spare = unit.wantsSpare ? family.spare : null;
    if (spare) unit.adoptSpare(spare);
    const tooMany = family.spare && !spare ? [...doubles, family.spare] : doubles;
    const hasGeneration = (generation: number) =>
      generation !== main.generation && generation !== spare?.generation;
    const leaders = [null, ...tooMany.map(({ identity }) => identity)];
    for (const leader of leaders) await this.#endMembers({ processId, leader, hasGeneration }, 0);
  }

  /** @param kept Goes on. */
  #endFamily(
    { processId, main }: SurvivingFamily,
    { stopDeadlineMs, stop = {} }: { stopDeadlineMs: number; stop?: StopManner },
    kept: Survivor | null = null,
  ): Promise<void> {
    const hasGeneration = (generation: number) => generation !== kept?.generation;
    const leader = main?.identity ?? null;
    return this.#endMembers({ processId, leader, hasGeneration }, stopDeadlineMs, stop);
  }

  #endMembers(
    query: Omit<TreeQuery, 'instanceId'>,
    deadlineMs: number,
    manner: StopManner = {},
  ): Promise<void> {
    const { clock, instanceId, look } = this.#options.around;
    const untilMs = clock.monotonic() + deadlineMs;
    const { processId, leader } = query;
    const find = async () => findTree({ ...query, instanceId }, await look());
    const leftMs = () => untilMs - clock.monotonic();
    return holdOpen(() => endTree({ processId, leader, find }, { clock, manner, leftMs }));
  }
}

function runs(family: SurvivingFamily | undefined, generation: number): boolean {
  const found = family ? [family.main, family.spare, ...family.doubles] : [];
  return found.some((one) => one?.generation === generation);
}

/** Started after the record was written, which is a moment behind: what it says of a stop is of an earlier process. */
function wasStartedSince(record: ProcessRecord | undefined, family: SurvivingFamily | undefined): boolean {
  const main = family?.main?.generation;
  return record !== undefined && main !== undefined && main > (record.newest ?? record.generation);
}

/** Output to files outlives a supervisor, pipes do not. */
function isAdoptable(spec: LocalProcessSpec, record: ProcessRecord | undefined): boolean {
  return spec.stdio === 'log' && (record?.stdio ?? 'log') === 'log';
}

/** In these a member waits for a start that its group may decide about. */
const HELD_BY_GROUPS: ReadonlySet<SupervisedPhase> = new Set(['broken', 'waiting', 'starting', 'backoff']);

/** Nothing of it runs: what the record says was meant to be. */
function resumeGone(
  unit: SupervisedUnit,
  record: ProcessRecord | undefined,
  { isGrouped, untold }: { isGrouped: boolean; untold: NamedEnd | undefined },
): Outcome {
  // Its group may be about to end it: it starts when that has been looked at, and not before.
  if (isGrouped && record && HELD_BY_GROUPS.has(record.phase)) {
    unit.holdAs(record);
    return record.phase === 'broken' ? 'waiting' : 'restarted';
  }
  if (record?.phase === 'broken') {
    unit.resumeWaiting('broken', record.nextAttemptAt);
    return 'waiting';
  }
  if (record?.phase === 'running' && record.identity) {
    const isByPipes = record.stdio !== 'log';
    unit.endedWhileAway(record.identity, record.startedAt, isByPipes ? PIPES_ENDED : undefined);
    return 'restarted';
  }
  if (!record) return 'notRunning';
  if (record.phase === 'exited') {
    unit.hadFinished();
    return 'notRunning';
  }
  if (untold) {
    unit.skipGenerations(untold.generation);
    unit.endedWhileAway(untold.identity, null);
    return 'restarted';
  }
  unit.resumeWaiting('backoff', record.nextAttemptAt);
  return 'restarted';
}
