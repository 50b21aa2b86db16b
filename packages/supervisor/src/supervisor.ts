import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type {
  ActivitySample,
  IsolationSpec,
  LocalProcessSpec,
  LogEntry,
  ProcessGroupSpec,
  ProcessIdentity,
  ProcessStreams,
  ProcessUsage,
  ProcessUser,
  SpareSpec,
  SupervisedGroup,
  SupervisedProcess,
} from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import { createProcessCensus } from './activity/process-census.js';
import type { AdoptionReport, Orphan } from './adoption/adoption.js';
import { Adoption } from './adoption/adoption.js';
import { openExitBook } from './adoption/exit-book.js';
import { supervisorError } from './errors.js';
import type { MayStart } from './groups/group-members.js';
import type { Groups } from './groups/groups.js';
import { createGroups } from './groups/unit-groups.js';
import { commandInside } from './isolation/inner-process.js';
import { createIsolator, type Isolator } from './isolation/isolate.js';
import { createLaunchKit } from './launch-kit.js';
import { holdsFile } from './linux/open-files.js';
import { readBootId, signalProcess } from './linux/process-identity.js';
import { LogBook } from './logs/log-book.js';
import type { LogStream } from './logs/log-files.js';
import { logPath } from './logs/log-files.js';
import { LogKeeper } from './logs/log-keeper.js';
import type { LogQuery } from './logs/log-query.js';
import { DEFAULT_LINES, followLogs, readLogs } from './logs/log-reader.js';
import { GROUPS_COLLECTION } from './records/group-record.js';
import { RecordWriter } from './records/record-writer.js';
import { createMachineGauge } from './resources/machine-gauge.js';
import { TurnLines } from './spare/turn-lines.js';
import { checkSpec } from './spawn/spawn-plan.js';
import { Spawner } from './spawn/spawner.js';
import { StartQueue } from './spawn/start-queue.js';
import { inSteps } from './stop/in-steps.js';
import { SupervisedUnit } from './supervised-unit.js';
import type { ProcessDescription, ShutdownOptions, Supervisor } from './supervisor-interface.js';
import type { SupervisorOptions } from './supervisor-options.js';
import { createSharedLook } from './tree/process-look.js';
import { StraySweep } from './tree/stray-sweep.js';
import type { UnitSurroundings } from './unit-surroundings.js';

/**
 * So many starting up at once. Of a hundred Node programs that start together each takes longer, and all of them no less; but with
 * more runnable than this the daemon itself waits for its turn.
 */
const STARTS_PER_CORE = 16;

/** Orphans had their chance to end with the supervisor that started them. */
const ORPHAN_DEADLINE_MS = 2000;

/** Makes a supervisor of local processes (Linux). Nothing happens before `start()`. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new LocalSupervisor(options);
}

class LocalSupervisor implements Supervisor {
  readonly #options: SupervisorOptions;
  readonly #around: Omit<UnitSurroundings, 'bootId'>;
  readonly #book: LogBook;
  readonly #logs: LogKeeper;
  readonly #isolator: Isolator;
  readonly #spawner: Spawner;
  readonly #units = new Map<string, SupervisedUnit>();
  readonly #groups: Groups;
  #adoption: Adoption | undefined;
  #starting: Promise<void> | undefined;
  #onStop: (id: string) => void = () => undefined;
  readonly #spares = new Map<string, SpareSpec>();
  #maySpare = false;
  #isShutDown = false;
  /** Monotonic ms: a shutdown takes no longer. */
  #shutdownUntilMs = Number.POSITIVE_INFINITY;

  constructor(options: SupervisorOptions) {
    const { instanceId, logDir, store, publish, cgroupRoot, clock = systemClock() } = options;
    const { redact = String, hides = () => undefined, random = Math.random, python } = options;
    const folder = resolve(dirname(logDir));
    const exitsFile = resolve(options.exitsFile ?? join(folder, 'exits'));
    const exits = openExitBook(exitsFile);
    this.#spawner = new Spawner({
      ...{ clock, folder, exitsFile, book: exits },
      ...(python === undefined ? {} : { python }),
      onStirred: (pid) => this.#stirred(pid),
    });
    this.#options = options;
    const gateDir = join(dirname(logDir), 'gates');
    this.#isolator = createIsolator({ gateDir, ...options.isolation, instanceId, clock, publish });
    const book = new LogBook(logDir, clock);
    this.#book = book;
    this.#logs = new LogKeeper({
      clock,
      book,
      rotation: options.rotation ?? (() => ({})),
      ids: () => this.#units.keys(),
    });
    this.#around = {
      ...{ instanceId, clock, publish, redact, hides, random },
      queue: new StartQueue({ clock, limit: options.startLimit ?? STARTS_PER_CORE * availableParallelism() }),
      ...{ exits, starter: this.#spawner, watcher: this.#spawner },
      writer: new RecordWriter(store, publish, clock),
      census: createProcessCensus(clock),
      machine: createMachineGauge(clock),
      look: createSharedLook(),
      strays: new StraySweep({
        ...{ clock, instanceId },
        currentPids: () => [...this.#units.values()].map(({ identity }) => identity?.pid),
      }),
      renew: options.renew ?? (() => undefined),
      prepare: (spec, variant) =>
        createLaunchKit(
          spec,
          {
            ...{ instanceId, book, isolator: this.#isolator },
            ...(cgroupRoot === undefined ? {} : { cgroupRoot }),
          },
          variant,
        ),
      lines: new TurnLines({
        ...{ instanceId, folder: join(folder, 'spares') },
        userOf: ({ id, isolation }) => isolation && this.#isolator.userOf(id, isolation),
        makeFifo: (path, owner) => this.#spawner.makeFifo(path, owner),
      }),
      maySpare: () => this.#maySpare && !this.#isShutDown,
      groupOf: (id) => this.#groups.of(id),
    };
    this.#groups = createGroups({
      ...{ clock, publish, writer: this.#around.writer },
      unit: (id) => this.#units.get(id),
    });
  }

  start(): Promise<void> {
    this.#starting ??= this.#begin();
    return this.#starting;
  }

  hasLeft(id: string): boolean {
    return this.#adoption?.hasLeft(id) ?? false;
  }

  environmentsLeft(id: string): readonly (Readonly<Record<string, string>> | undefined)[] {
    return this.#adoption?.environmentsOf(id) ?? [];
  }

  async adopt(specs: readonly LocalProcessSpec[]): Promise<AdoptionReport> {
    for (const spec of specs) checkSpec(spec);
    const adoption = await this.#started();
    return this.#groups.whileAdopting(() => adoption.adopt(specs));
  }

  setGroups(groups: readonly ProcessGroupSpec[], mayStart?: MayStart): void {
    this.#groups.set(groups, mayStart);
  }

  async restartGroup(name: string, specs: readonly LocalProcessSpec[] = []): Promise<void> {
    for (const spec of specs) checkSpec(spec);
    for (const spec of specs) this.#units.get(spec.id)?.renew(spec);
    if (await this.#groups.restart(name)) return;
    const known = this.#groups.list().map((group) => group.name);
    throw supervisorError('DN_SUPERVISOR_UNKNOWN_PROCESS', { id: name, known: known.join(', ') || 'none' });
  }

  renewHeld(id: string, spec?: LocalProcessSpec): boolean {
    if (spec) checkSpec(spec);
    const unit = this.#groups.willStart(id) ? this.#units.get(id) : undefined;
    if (spec) unit?.renew(spec);
    if (spec) unit?.replaceSpare();
    return unit !== undefined;
  }

  startGroupsAnew(ids: readonly string[]): void {
    this.#groups.startAnew(ids);
  }

  groups(): readonly SupervisedGroup[] {
    return this.#groups.list();
  }

  async launch(spec: LocalProcessSpec): Promise<SupervisedProcess> {
    checkSpec(spec);
    // Without a wait where none is needed, so that a stop right after the call finds it.
    const adoption = this.#adoption ?? (await this.#started());
    const stopping = this.#units.get(spec.id)?.stopping;
    if (stopping) await stopping;
    if (this.#isShutDown) throw supervisorError('DN_SUPERVISOR_SHUTTING_DOWN', { id: spec.id });
    if (adoption.hasLeft(spec.id) && (await adoption.claim(spec))) return this.#unit(spec.id).view;
    this.#groups.release(spec.id, { isStart: true });
    return this.#unitFor(spec).launch(spec);
  }

  async restart(id: string, deadlineMs?: number): Promise<SupervisedProcess> {
    const unit = this.#unit(id);
    this.#groups.release(id, { isStart: true });
    await unit.stop(deadlineMs ?? unit.spec.stopDeadlineMs);
    if (this.#isShutDown) throw supervisorError('DN_SUPERVISOR_SHUTTING_DOWN', { id });
    return unit.launch(unit.spec);
  }

  async stop(id: string, deadlineMs?: number): Promise<void> {
    const unit = this.#unit(id);
    this.#groups.release(id, { isStart: false });
    await unit.stop(deadlineMs ?? unit.spec.stopDeadlineMs);
  }

  get(id: string): SupervisedProcess | undefined {
    return this.#units.get(id)?.view;
  }

  identityOf(id: string): ProcessIdentity | null {
    return this.#units.get(id)?.identity ?? null;
  }

  tellsOfStops(id: string): boolean {
    const pid = this.#units.get(id)?.identity?.pid;
    return pid !== undefined && this.#spawner.tellsOfStops(pid);
  }

  hearStops(heard: (id: string) => void): void {
    this.#onStop = heard;
  }

  list(): readonly SupervisedProcess[] {
    return [...this.#units.values()].map(({ view }) => view);
  }

  forget(id: string): boolean {
    if (this.#units.get(id)?.phase !== 'idle') return false;
    this.#around.writer.write(id, () => null);
    return this.#units.delete(id);
  }

  streams(id: string): ProcessStreams | undefined {
    return this.#units.get(id)?.streams;
  }

  userOf(id: string, isolation: IsolationSpec): ProcessUser | undefined {
    return this.#isolator.userOf(id, isolation);
  }

  signal(id: string, signal: 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2'): boolean {
    const unit = this.#units.get(id);
    const identity = unit?.view.identity;
    if (!identity) return false;
    const target = unit.isSandboxed ? commandInside(identity.pid) : identity;
    return target ? signalProcess(target, signal) : false;
  }

  activity(id: string): ActivitySample | undefined {
    return this.#units.get(id)?.activity;
  }

  findProcesses(most: number): boolean {
    return this.#around.census.findSome(most);
  }

  usage(id: string): ProcessUsage | undefined {
    return this.#units.get(id)?.usage;
  }

  setSpare(id: string, spare: SpareSpec | null): void {
    if (spare) this.#spares.set(id, spare);
    else this.#spares.delete(id);
    this.#units.get(id)?.wantSpare(spare);
  }

  replaceSpare(id: string): void {
    this.#units.get(id)?.replaceSpare();
  }

  allowSpares(): void {
    this.#maySpare = true;
    for (const unit of this.#units.values()) unit.spareMayStart();
  }

  spareUsage(id: string): ProcessUsage | undefined {
    return this.#units.get(id)?.spareUsage;
  }

  markReady(id: string): void {
    this.#units.get(id)?.markReady();
  }

  describe(id: string): ProcessDescription | undefined {
    const unit = this.#units.get(id);
    if (!unit) return undefined;
    const { logDir } = this.#options;
    const logs = { out: logPath(logDir, id, 'out'), err: logPath(logDir, id, 'err') };
    return { ...unit.view, logs };
  }

  orphans(): readonly Orphan[] {
    return this.#adoption?.orphans() ?? [];
  }

  async endOrphans(deadlineMs = ORPHAN_DEADLINE_MS): Promise<readonly string[]> {
    return (await this.#started()).endOrphans(deadlineMs);
  }

  async readLog(
    id: string,
    { stream, lines = DEFAULT_LINES }: { stream: LogStream; lines?: number },
  ): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { line } of this.logs({ ids: [id], streams: [stream], lines })) found.push(line);
    return found;
  }

  logs(query: LogQuery): AsyncIterable<LogEntry> {
    return readLogs({ ...this.#around, book: this.#book }, query);
  }

  followLogs(query: LogQuery, signal: AbortSignal): AsyncIterable<LogEntry> {
    return followLogs({ ...this.#around, book: this.#book }, query, signal);
  }

  diagnostics(): readonly string[] {
    const { problem } = this.#around.watcher;
    return [...(problem === undefined ? [] : [problem]), ...this.#logs.problems];
  }

  async shutdown({ leaveRunning, deadlineMs, steps = [] }: ShutdownOptions): Promise<void> {
    this.#isShutDown = true;
    this.#logs.stop();
    this.#groups.stop({ isOver: !leaveRunning });
    // Who has finished stays so, too: to be stopped would make it one that is to be started.
    const stays = ({ spec, phase }: SupervisedUnit) =>
      leaveRunning && (spec.stdio === 'log' || phase === 'exited');
    const ending = [...this.#units.values()].filter((unit) => !stays(unit) || unit.stopping);
    const ended: PromiseSettledResult<void>[] = [];
    const timeOf = ({ spec }: SupervisedUnit) =>
      Math.min(deadlineMs ?? spec.stopDeadlineMs, this.#shutdownUntilMs - this.#around.clock.monotonic());
    for (const step of inSteps(ending, steps))
      ended.push(...(await Promise.allSettled(step.map((unit) => unit.stop(Math.max(0, timeOf(unit)))))));
    await this.#around.writer.flush();
    for (const unit of this.#units.values()) unit.release();
    await this.#spawner.close();
    for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason;
  }

  hurry(deadlineMs: number): void {
    this.#shutdownUntilMs = this.#around.clock.monotonic() + deadlineMs;
    // What fails is told to whoever asked for the stop.
    for (const unit of this.#units.values()) if (unit.stopping) unit.stop(deadlineMs).catch(() => undefined);
  }

  #stirred(pid: number): void {
    for (const [id, { identity }] of this.#units) if (identity?.pid === pid) this.#onStop(id);
  }

  async #begin(): Promise<void> {
    const bootId = readBootId();
    const { writer } = this.#around;
    // Before anything that runs is looked at: what an earlier supervisor had asked for may be starting still.
    await this.#spawner.reconnect();
    const around = { ...this.#around, bootId };
    this.#adoption = new Adoption({
      ...{ around, stored: await writer.readAll() },
      unitFor: (spec) => this.#unitFor(spec),
      isGrouped: (id) => this.#groups.of(id) !== undefined,
      holdsLog: (pid, id) => holdsFile(pid, this.#options.logDir, `${id}.`),
    });
    this.#groups.load(await writer.readAll(GROUPS_COLLECTION));
    this.#logs.start();
  }

  async #started(): Promise<Adoption> {
    await this.start();
    if (this.#adoption) return this.#adoption;
    throw supervisorError('DN_SUPERVISOR_SHUTTING_DOWN', { id: '' });
  }

  #unit(id: string): SupervisedUnit {
    const unit = this.#units.get(id);
    if (unit) return unit;
    const known = [...this.#units.keys()].join(', ') || 'none';
    throw supervisorError('DN_SUPERVISOR_UNKNOWN_PROCESS', { id, known });
  }

  #unitFor(spec: LocalProcessSpec): SupervisedUnit {
    const known = this.#units.get(spec.id);
    if (known) return known;
    const unit = new SupervisedUnit(spec, { ...this.#around, bootId: readBootId() });
    this.#units.set(spec.id, unit);
    unit.wantSpare(this.#spares.get(spec.id) ?? null);
    return unit;
  }
}
