import { join } from 'node:path';
import type { DreamnetEvent } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { showPlace } from '../config/source.js';
import { watchConfig } from '../daemon/config-watch.js';
import { createDaemon, type Daemon } from '../daemon/daemon.js';
import { type FleetInForce, openFleetInForce } from '../daemon/fleet-in-force.js';
import { describeHolder, isFree } from '../daemon/port-holders.js';
import { openStateDir, type StateDir } from '../daemon/state-dir.js';
import { programError } from '../errors.js';
import { addAllRoutes } from '../http/all-routes.js';
import { createServer } from '../http/server.js';
import { watchKeeper } from '../keep/lifeline.js';
import { PROGRAM_ROOT } from '../keep/program-root.js';
import { VERSION } from '../version.js';
import { showAgents } from './commands/look.js';
import type { CommandContext } from './context.js';
import { showEventLine } from './event-text.js';
import { createLiveView } from './live-view.js';
import { createRepeatedLines, type RepeatedLines } from './repeated-lines.js';
import { showStatus } from './status-text.js';
import { showTime } from './terminal.js';
import { createEnd, type UpEnd } from './up-end.js';

export interface UpOptions {
  configFile: string;
  stateDir: string;
  port: number | undefined;
  host: string | undefined;
  isJson: boolean;
  /** The Python of the keeper that started this daemon; undefined without one. */
  keptBy: string | undefined;
}

const CONSOLE_DIR = join(PROGRAM_ROOT, '..', 'console', 'dist');
/** What is drawn beside the list of subsystems: scores, agents, hints. What scrolled out could not be drawn over. */
const LINES_BESIDE = 24;
const LEAST_ROWS = 8;
const REDRAW_MS = 1000;
/** A log shows the table once, when a fleet that starts well has answered. */
const FIRST_LOOK_MS = 3000;

/**
 * Runs the daemon in the foreground until a signal or `down` ends it. SIGINT and SIGTERM end the agents, too.
 *
 * @throws DN_CONFIG_*, DN_API_PORT_IN_USE, DN_STATE_LOCKED — before anything was started.
 */
export async function runUp(context: CommandContext, options: UpOptions): Promise<void> {
  const { environment } = context;
  const fleetFile = openFleet(context, options);
  const stateDir = openStateDir(options.stateDir);
  const loaded = fleetFile.inForce();
  const host = options.host ?? loaded.fleet.http.host;
  const wanted = options.port ?? loaded.fleet.http.port;
  const address = { url: '' };
  const end = createEnd(context, stateDir);
  const troubles = createRepeatedLines(context.clock, context.terminal.error);
  const daemon = await createDaemon({
    clock: context.clock,
    stateDir,
    fleetFile,
    variables: environment.variables,
    searchPath: environment.searchPath,
    url: () => address.url,
    onTrouble: (text) => troubles.say({ cause: text, text }),
    onShutdownRequest: end.request,
  });
  sayRefusal(context, fleetFile);
  context.onSecondInterrupt(daemon.hurry);
  try {
    if (await isEndLeft(context, options, { stateDir, daemon, end })) return;
    const port = await choosePort(host, wanted, stateDir);
    if (port !== 0 && !(await isFree(host, port)))
      throw programError('DN_API_PORT_IN_USE', {
        place: showPlace(loaded.placeOf(['http', 'port'])),
        port,
        who: describeHolder(port),
      });
    const server = await listen(daemon, stateDir, { host, port });
    address.url = server.url;
    try {
      await serve(context, { ...options, url: server.url, stateDir }, { daemon, end });
    } finally {
      await server.close();
      end.leave();
    }
  } finally {
    await daemon.stop({ leaveRunning: end.leaveRunning() });
    end.finish();
    troubles.stop();
  }
}

interface UpParts {
  daemon: Daemon;
  end: UpEnd;
}

/** A daemon that was killed in the middle of its end leaves the rest to the next one, unless a person starts that. */
async function isEndLeft(
  { terminal }: CommandContext,
  { keptBy }: UpOptions,
  { stateDir, daemon, end }: UpParts & { stateDir: StateDir },
): Promise<boolean> {
  const left = keptBy === undefined ? undefined : stateDir.readEnding();
  if (!left) {
    end.finish();
    return false;
  }
  end.request(left.leaveRunning);
  const rest = left.leaveRunning ? 'the agents go on' : 'what was left of the fleet is ended';
  terminal.error(
    `the daemon was killed in the middle of the end that was asked for at ${showTime(left.at)}; ${rest}`,
  );
  if (!left.leaveRunning) await daemon.takeOverToEnd();
  end.leave();
  return true;
}

/** From the start of the fleet to its end. The interface stays open meanwhile: a second `down` must find somebody. */
async function serve(
  context: CommandContext,
  running: Omit<Running, 'stateDir'> & { stateDir: StateDir },
  { daemon, end }: UpParts,
): Promise<void> {
  const { stateDir, url, configFile } = running;
  stateDir.writeDaemon({ pid: process.pid, url, startedAt: daemon.clock.now() });
  await daemon.start();
  const unwatch = watchConfig({
    file: configFile,
    clock: daemon.clock,
    apply: () => daemon.apply('file change'),
    onRefused: (error) =>
      context.terminal.error(`${error.code}: ${error.message}; the old file stays in force`),
    onTrouble: context.terminal.error,
  });
  const keeper = watchKeeperOf(context, running, stateDir.path);
  const display = showRunning(context, daemon, running);
  await end.wait;
  end.begin();
  unwatch();
  keeper?.stop();
  display.stop();
  await daemon.stop({ leaveRunning: end.leaveRunning() });
}

function openFleet(context: CommandContext, { configFile: path, stateDir }: UpOptions): FleetInForce {
  const { clock, environment } = context;
  return openFleetInForce({ path, stateDir, searchPath: environment.searchPath, clock });
}

function sayRefusal({ terminal }: CommandContext, fleetFile: FleetInForce): void {
  const refusal = fleetFile.refusal();
  if (!refusal) return;
  const rest = 'what was in force before stays in force';
  terminal.error(`${refusal.code}: ${refusal.message}; ${rest}`);
}

function watchKeeperOf(
  { clock, terminal }: CommandContext,
  { keptBy }: Pick<UpOptions, 'keptBy'>,
  stateDir: string,
) {
  if (keptBy === undefined) return undefined;
  return watchKeeper({
    clock,
    stateDir,
    python: keptBy,
    input: process.stdin,
    daemon: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    onTrouble: terminal.error,
  });
}

/** Port 0 means any; the one of the last life is taken again when it is free, because agents still know it. */
async function choosePort(host: string, wanted: number, stateDir: StateDir): Promise<number> {
  if (wanted !== 0) return wanted;
  const last = stateDir.lastPort();
  return last !== undefined && (await isFree(host, last)) ? last : 0;
}

async function listen(daemon: Daemon, stateDir: StateDir, at: { host: string; port: number }) {
  const reports = { clock: daemon.clock, ...daemon.ingest };
  const app = await createServer({
    reports,
    identify: (token) => stateDir.identify(token),
    consoleDir: CONSOLE_DIR,
    version: VERSION,
    refusal: () => (daemon.isEnding() ? programError('DN_API_ENDING', {}) : undefined),
    orderProblem: daemon.orderProblem,
    allowedHosts: [at.host, 'localhost', '127.0.0.1', '[::1]'],
    register: (server) => addAllRoutes(server, daemon, reports),
  });
  const url = await app.listen(at);
  return { url, close: () => app.close() };
}

interface Running extends UpOptions {
  url: string;
}

/** A live table for a person; lines of what happens for a log. */
function showRunning(
  context: CommandContext,
  daemon: Daemon,
  running: Omit<Running, 'stateDir'> & { stateDir: StateDir },
): { stop(): void } {
  const { terminal } = context;
  const consoleUrl = `${running.url}/#token=${running.stateDir.tokenOf('operator')}`;
  if (running.isJson) {
    terminal.out(JSON.stringify({ url: running.url, pid: process.pid, stateDir: running.stateDir.path }));
    return { stop: daemon.onEvent((event) => terminal.out(JSON.stringify(event))) };
  }
  const agents = () => showAgents(terminal, daemon.views.agents(), daemon.clock.now());
  const hints = showHints(context, daemon, consoleUrl);
  if (!terminal.isPerson) {
    terminal.out(hints);
    const timer = context.clock.setTimeout(() => terminal.out(`\n${agents()}\n`), FIRST_LOOK_MS);
    const lines = createRepeatedLines(context.clock, terminal.out);
    const unsubscribe = daemon.onEvent((event) => printEvent(context, event, lines));
    return {
      stop: () => {
        context.clock.clearTimeout(timer);
        unsubscribe();
        lines.stop();
      },
    };
  }
  const view = createLiveView({
    terminal,
    clock: daemon.clock,
    everyMs: REDRAW_MS,
    render: () => {
      const rows = Math.max(LEAST_ROWS, terminal.rows - LINES_BESIDE);
      return `${showStatus(terminal, daemon.views.status({ worst: rows }), { rows, now: daemon.clock.now() })}\n\n${agents()}\n\n${hints}`;
    },
  });
  const unsubscribe = daemon.onEvent(() => view.refresh());
  return {
    stop: () => {
      unsubscribe();
      view.stop();
      terminal.out('Ending the fleet ...');
    },
  };
}

function showHints({ terminal }: CommandContext, daemon: Daemon, consoleUrl: string): string {
  const { colors } = terminal;
  const hint = daemon.views.routes().some(({ capability }) => capability === 'data.analysis')
    ? `npx dreamnet call data.analysis '{"numbers":[1,2,3]}'`
    : 'npx dreamnet routes';
  return [
    `${colors.dim('console')}  ${consoleUrl}`,
    `${colors.dim('try')}      npx dreamnet ps · npx dreamnet incidents · ${hint}`,
    `${colors.dim('end')}      Ctrl-C, or npx dreamnet down`,
  ].join('\n');
}

/** Failures that repeat themselves are told together, whoever they happen to. */
function printEvent(context: CommandContext, event: DreamnetEvent, lines: RepeatedLines): void {
  try {
    const text = showEventLine(event);
    if (text === undefined) return;
    if (event.type === 'store.failed') lines.say({ cause: event.data.error, text });
    else if (event.type === 'notification.failed')
      lines.say({ cause: `${event.subject} ${event.data.error}`, text });
    else context.terminal.out(text);
  } catch (thrown) {
    context.terminal.error(DreamnetError.from(thrown).message);
  }
}
