import type { Server } from 'node:http';
import type { Clock } from '@dreamnet/contracts';
import type { Agent, AgentLog, AgentOptions, CallHandler } from './agent-types.js';
import { createCallServer } from './call-server.js';
import { keepAliveFor } from './clock.js';
import { createDelivery } from './deliver.js';
import { type Destination, readDestination } from './destination.js';
import type { AgentEnvironment } from './env.js';
import { listen } from './listen.js';
import { createLog } from './log.js';
import { messageOf, type OnMisfit } from './report-limits.js';
import { createReporter, type Reporter } from './reporter.js';
import { untilMyTurn } from './spare.js';
import { createSpendingDesk } from './spending.js';
import { stopOnSignals } from './stop-signals.js';
import { warmUp } from './warm-up.js';
import { createWork, type Work } from './work.js';

/** @source the AgentCore Runtime HTTP protocol contract */
const DEFAULT_PORT = 8080;
const DEFAULT_HEARTBEAT_MS = 5000;
const DEFAULT_STOP_MS = 4000;
const ANY_PORT = /^\d+$/;
const FIRST_REPORT_MS = 50;

/** What an agent finds around it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly environment: AgentEnvironment;
  readonly host: Pick<NodeJS.Process, 'on' | 'exit' | 'stdout'>;
}

/** Puts the parts of an agent together. */
export function wireAgent(options: AgentOptions, surroundings: Surroundings): Agent {
  const { clock, environment, host } = surroundings;
  const { name = environment.name ?? 'agent', stopMs = DEFAULT_STOP_MS } = options;
  const log = createLog(name, options.logTo ?? host.stdout, clock);
  const work = createWork(clock, () => reporter?.soonIf(() => work.isIdleUntold), sayOnce(log));
  const to = destinationOf(surroundings);
  const reporter = wireReporter({ name, log, work, to, everyMs: options.heartbeatMs }, surroundings);
  const spending = createSpendingDesk(to, log);
  const handlers = new Map<string, CallHandler>();
  const ending = new AbortController();
  const cleaners: (() => unknown)[] = [];
  const news = () => reporter?.soon();
  const server = createCallServer({ work, log, handlers, ending: ending.signal, onChange: () => undefined });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= windDown({ server, work, ending, cleaners, reporter, log, clock, stopMs });
    return stopping;
  };
  return {
    name,
    log,
    get reports() {
      return reporter?.counts ?? { sent: 0, failed: 0, lastError: undefined };
    },
    get port() {
      const address = server.address();
      return typeof address === 'object' ? address?.port : undefined;
    },
    serve: (capability, handler) => void handlers.set(capability, handler),
    start: async () => {
      stopOnSignals(host, stop);
      const hasWaited = await waitWarm(environment.takeSpare(), { clock, log, isServing: handlers.size > 0 });
      if (stopping) return;
      if (handlers.size > 0) await listen(server, placeOf(options, environment), { clock, hasWaited });
      startReports(reporter, { clock, hasWaited, isStopping: () => stopping !== undefined });
    },
    progress: work.move,
    status: (status, details) => {
      work.say(status, details);
      news();
    },
    ready: (isReady, details) => {
      work.setReady(isReady, details);
      news();
    },
    metric: work.setMetric,
    tool: async (call, run) => {
      const end = work.openTool(call);
      news();
      try {
        return await run();
      } finally {
        end();
      }
    },
    reserve: spending.reserve,
    onStop: (clean) => void cleaners.push(clean),
    stop,
  };
}

/** Who has just taken over has calls to answer first. */
function startReports(
  reporter: Reporter | undefined,
  { clock, hasWaited, isStopping }: { clock: Clock; hasWaited: boolean; isStopping: () => boolean },
): void {
  const start = () => (isStopping() ? undefined : reporter?.start());
  if (hasWaited) clock.setTimeout(start, FIRST_REPORT_MS);
  else start();
}

/** As a spare, ready for its first call before its turn comes. */
async function waitWarm(
  spare: string | undefined,
  { clock, log, isServing }: { clock: Clock; log: AgentLog; isServing: boolean },
): Promise<boolean> {
  if (spare !== undefined && isServing) {
    const handlers = new Map<string, CallHandler>([['warm-up', () => ({})]]);
    const ending = new AbortController().signal;
    const work = createWork(clock);
    await warmUp(createCallServer({ work, log, handlers, ending, onChange: () => undefined }), clock);
  }
  return untilMyTurn(spare);
}

/** Each kind of mistake is said once: the one who makes it makes it again and again. */
function sayOnce(log: AgentLog): OnMisfit {
  const said = new Set<string>();
  return ({ field, why, found }) => {
    const kind = `${field}: ${why}`;
    if (said.has(kind)) return;
    said.add(kind);
    log.warn(`the daemon would not take ${field} ${found}: ${why}; this is said once`, { field });
  };
}

/** An address that is none is still somebody's wish to be counted: then every reservation is refused. */
function destinationOf({ clock, environment }: Surroundings): Destination | string | undefined {
  const { url, token } = environment;
  return url === undefined ? undefined : readDestination({ url, token }, clock);
}

interface ReporterParts {
  name: string;
  log: AgentLog;
  work: Work;
  to: Destination | string | undefined;
  everyMs: number | undefined;
}

/** Without a daemon's address there is nobody to report to. */
function wireReporter(
  { name, log, work, to, everyMs = DEFAULT_HEARTBEAT_MS }: ReporterParts,
  { clock }: Pick<Surroundings, 'clock'>,
): Reporter | undefined {
  if (typeof to === 'string') log.warn(`${to}; nothing is reported`);
  if (to === undefined || typeof to === 'string') return undefined;
  const deliver = createDelivery(to);
  let lastUnfit: string | undefined;
  return createReporter({
    clock,
    everyMs,
    deliver,
    next: () => work.report(name),
    onFailed: work.failed,
    onUnfit: (_report, why) => {
      work.refused();
      if (why !== lastUnfit) log.warn(`the daemon refused a report, which is dropped: ${why}`);
      lastUnfit = why;
    },
    onChange: (why) =>
      why === undefined
        ? log.info('the daemon takes reports again')
        : log.warn(`the daemon takes no reports: ${why}`),
  });
}

function placeOf(options: AgentOptions, environment: AgentEnvironment): { port: number; host: string } {
  const given = environment.port ?? '';
  return {
    port: options.port ?? (ANY_PORT.test(given) ? Number(given) : DEFAULT_PORT),
    host: options.host ?? environment.host ?? '127.0.0.1',
  };
}

interface WindDown {
  server: Server;
  work: Work;
  ending: AbortController;
  cleaners: readonly (() => unknown)[];
  reporter: Reporter | undefined;
  log: AgentLog;
  clock: Clock;
  stopMs: number;
}

/** Refuses new calls, lets those in flight end within the deadline, then cleans up in reverse order. */
async function windDown(parts: WindDown): Promise<void> {
  const { server, work, log } = parts;
  work.setReady(false, 'it is stopping');
  if (server.listening) await endCalls(parts);
  parts.reporter?.stop();
  for (const clean of [...parts.cleaners].reverse())
    try {
      await clean();
    } catch (thrown) {
      log.error(`stopping: ${messageOf(thrown)}`);
    }
}

/** Waits for the answers and for the calls themselves: one whose caller has gone has no connection, and works on. */
async function endCalls({ server, work, ending, clock, stopMs }: WindDown): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await new Promise<void>((resolve) => {
    const timer = clock.setTimeout(() => {
      ending.abort();
      server.closeAllConnections();
      resolve();
    }, stopMs);
    // A call that waits for nothing of Node's would let the process end here, before its clean-ups.
    keepAliveFor(timer);
    void Promise.all([closed, work.whenIdle()]).then(() => {
      clock.clearTimeout(timer);
      resolve();
    });
  });
  await closed;
}
