import type { Clock, HealthReport, PublishEvent, Store } from '@dreamnet/contracts';
import type { DreamNetOSCoreFacade } from '@dreamnet/dreamnet-os-core';
import { DreamnetError } from '@dreamnet/kit';
import type { FleetFile } from '../config/schema.js';
import type { StateDir } from '../daemon/state-dir.js';
import type { WatchList } from '../daemon/watch-list.js';
import { createLineSocket } from './line-socket.js';
import { createNameBook } from './name-book.js';
import { createNursery } from './nursery.js';
import { createKeptServices } from './otlp/kept-services.js';
import { createOtlpIntake, type OtlpIntake } from './otlp/otlp-intake.js';
import { createOtlpServices } from './otlp/otlp-services.js';
import { PlainReportReader } from './plain-report.js';
import { createRateLimit } from './rate-limit.js';
import { reportProblem } from './report-check.js';
import { createReportDesk, type ReportDesk } from './report-desk.js';
import { openReportJournal, type ReportJournal } from './report-journal.js';

/** Everything by which reports come in. */
export interface Ingest {
  readonly desk: ReportDesk;
  /** One for all ways in: the names that senders use are the same. */
  readonly reader: PlainReportReader;
  readonly journal: ReportJournal;
  readonly otlp: OtlpIntake;
  /** Watches again who was watched from the first export on. What is declared must be watched by now. */
  resume(): Promise<void>;
  /** Takes over what an earlier life left, then listens. The subsystems must be watched by now. */
  start(): Promise<void>;
  /** Listens no more and writes what waits. */
  stop(): Promise<void>;
}

export interface IngestOptions {
  clock: Clock;
  stateDir: Pick<StateDir, 'reportDir' | 'ingestSocket'>;
  store: Store;
  core: DreamNetOSCoreFacade;
  watchList: WatchList;
  publish: PublishEvent;
  settings: FleetFile['ingest'];
  onTrouble: (text: string) => void;
  /** Told of tokens that an agent's telemetry tells of. */
  onTokens: (agent: string, tokens: number) => void;
}

/** Makes the ways in; nothing listens yet. @throws DN_REPORT_LOG_IO */
export async function createIngest(options: IngestOptions): Promise<Ingest> {
  const { clock, core, settings, publish, onTrouble } = options;
  const rate = createRateLimit(clock, settings.rate);
  const desk = createReportDesk({ heartbeat: core.heartbeat, rate });
  const journal = await openReportJournal({
    clock,
    directory: options.stateDir.reportDir,
    settle: core.series.flush,
    onFailing: (error) => {
      if (error === undefined) onTrouble('report log: reports are kept and acknowledged again');
      else publish('store.failed', 'reports', { operation: 'keep reports', error: error.message });
    },
    onTrouble,
  });
  const reader = new PlainReportReader(createNameBook());
  const { counts } = desk;
  const nursery = createNursery(clock, () => counts.accepted + counts.stale);
  const lines = createLineSocket(options.stateDir.ingestSocket, { clock, desk, reader, journal });
  const kept = createKeptServices(options);
  const services = createOtlpServices({
    clock,
    onUndeclared: kept.note,
    isWatched: (name) => core.health(name) !== undefined,
    watch: options.watchList.watch,
    hasOwnTtl: (name) => options.watchList.get(name)?.manifest?.heartbeat !== undefined,
    settings: settings.otlp,
  });
  return {
    desk,
    reader,
    journal,
    otlp: createOtlpIntake({ clock, desk, journal, services, onTokens: options.onTokens }),
    resume: async () => services.resume(await kept.load()),
    start: async () => {
      await replay(options, journal);
      journal.start();
      nursery.start();
      // Reports over HTTP go on without it.
      if (settings.socket)
        await lines.listen().catch((thrown) => onTrouble(DreamnetError.from(thrown).message));
    },
    stop: async () => {
      nursery.stop();
      await lines.close();
      await Promise.all([journal.stop(), kept.settled()]);
    },
  };
}

/** What was acknowledged before goes into the history, which knows what it has already: nothing is alive because of it. */
async function replay({ core, onTrouble }: IngestOptions, journal: ReportJournal): Promise<void> {
  const found = await journal.replay((value, arrivedAt) => {
    if (reportProblem(value) !== undefined) return;
    const { subsystem, metrics = {}, at = arrivedAt } = value as HealthReport;
    for (const [metric, number] of Object.entries(metrics))
      core.series.take({ subsystem, metric, value: number, at });
  });
  if (found.damagedBytes > 0)
    onTrouble(`report log: ${found.damagedBytes} bytes are damaged and were left out`);
}
