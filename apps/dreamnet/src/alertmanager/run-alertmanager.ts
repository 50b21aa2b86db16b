import type { EventData, EventType, PublishEvent } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { CommandContext } from '../cli/context.js';
import { createRepeatedLines, type RepeatedLines } from '../cli/repeated-lines.js';
import { describeHolder, isFree } from '../daemon/port-holders.js';
import { programError } from '../errors.js';
import { type AlertmanagerService, startAlertmanager } from './alertmanager.js';
import { createAlertmanagerServer } from './alertmanager-server.js';
import { createStormRoom, STORM } from './storm-room.js';

export interface RunAlertmanagerOptions {
  configFile: string;
  stateDir: string;
  port: number | undefined;
  host: string | undefined;
  /** Alertmanager's `--dispatch.start-delay`. */
  startDelayMs: number;
  isJson: boolean;
}

/** Alertmanager's own. */
const DEFAULT_PORT = 9093;
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];
/** What deliveries under way get to finish when we end. */
const STOP_DEADLINE_MS = 5000;

/**
 * Stands in for an Alertmanager in the foreground until a signal ends it: no fleet, no tokens, this machine only. SIGHUP
 * reads the file again.
 *
 * @throws DN_ALERTMANAGER_*, DN_API_PORT_IN_USE, DN_STATE_LOCKED — before anything was started.
 */
export async function runAlertmanager(
  context: CommandContext,
  options: RunAlertmanagerOptions,
): Promise<void> {
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? DEFAULT_PORT;
  if (!LOOPBACK.includes(host))
    throw programError('DN_CLI_USAGE', {
      why: `--host ${host}: this mode has no tokens and listens on this machine only; put a proxy before it`,
    });
  if (port !== 0 && !(await isFree(host, port)))
    throw programError('DN_API_PORT_IN_USE', { place: '--port', port, who: describeHolder(port) });
  const address = { url: '' };
  const troubles = createRepeatedLines(context.clock, context.terminal.error);
  const room = createStormRoom(context.clock);
  const service = await startAlertmanager({
    clock: context.clock,
    configFile: options.configFile,
    stateDir: options.stateDir,
    startDelayMs: options.startDelayMs,
    externalUrl: () => address.url,
    onTelling: (alerts) => {
      room.note();
      room.take(alerts);
    },
    publish: createTroublePublish(troubles),
  });
  const reload = () => reloadAndTell(context, service);
  try {
    const server = createAlertmanagerServer({
      service,
      allowedHosts: [host, ...LOOPBACK, '[::1]'],
      parts: {
        delivery: service.delivery,
        onFull: (text) => troubles.say({ cause: 'full', text }),
        onPosted: (alerts) => room.take(alerts),
        onLongAnswer: () => room.note(STORM),
        clock: context.clock,
        startedAt: service.startedAt,
        shownConfig: service.shownConfig,
        isReady: () => true,
        reload: service.reload,
      },
    });
    process.on('SIGHUP', reload);
    try {
      address.url = await server.listen({ host, port });
      tellRunning(context, options, address.url);
      await untilAborted(context.signal);
    } finally {
      process.removeListener('SIGHUP', reload);
      await server.close();
    }
  } finally {
    await service.stop(STOP_DEADLINE_MS);
    room.stop();
  }
}

function tellRunning({ terminal }: CommandContext, options: RunAlertmanagerOptions, url: string): void {
  if (options.isJson) {
    terminal.out(JSON.stringify({ url, pid: process.pid, stateDir: options.stateDir }));
    return;
  }
  terminal.out(`Alertmanager's API at ${url} by ${options.configFile}; state in ${options.stateDir}`);
  terminal.out('Reload: SIGHUP, or POST /-/reload. End: Ctrl-C.');
}

function reloadAndTell({ terminal }: CommandContext, service: AlertmanagerService): void {
  service.reload().then(
    () => terminal.out('The file was read again.'),
    (thrown: unknown) => {
      const { code, message } = DreamnetError.from(thrown);
      terminal.error(`${code}: ${message}; the old file stays in force`);
    },
  );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Without a fleet there is no event bus: what went wrong is said on standard error, the rest is not needed. */
function createTroublePublish(lines: RepeatedLines): PublishEvent {
  return (type, subject, data) => {
    const text = describeTrouble(type, data);
    if (text !== undefined)
      lines.say({ cause: `${type} ${causeOf(type, data, subject)}`, text: `${type} ${subject}: ${text}` });
  };
}

function describeTrouble<T extends EventType>(type: T, data: EventData[T]): string | undefined {
  if (type === 'notification.failed') {
    const { attempt, error } = data as EventData['notification.failed'];
    return `attempt ${attempt}: ${error}`;
  }
  if (type === 'store.failed') return (data as EventData['store.failed']).error;
  return undefined;
}

/** Whatever could not be written or told, and however often it was tried, the reason is one. */
function causeOf<T extends EventType>(type: T, data: EventData[T], subject: string): string {
  if (type === 'store.failed') return (data as EventData['store.failed']).error;
  const { error = '' } = data as Partial<EventData['notification.failed']>;
  return `${subject} ${error}`;
}
