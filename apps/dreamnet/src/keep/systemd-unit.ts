import type { CommandLine } from './keeper-command.js';

/** What a unit says of one daemon. Paths are absolute. */
export interface UnitSettings {
  readonly fleetFile: string;
  readonly workingDirectory: string;
  readonly command: CommandLine;
  /** Where agents' commands are looked for. */
  readonly searchPath: string;
  /** Of the user's own service manager, or of the machine's. */
  readonly isUser: boolean;
  /** Who the machine's manager runs it as; undefined is root. */
  readonly runAs: string | undefined;
  /** How long the whole fleet may take to end; after that systemd kills the keeper. */
  readonly stopSeconds: number;
}

const STOP_COMMENT = [
  '# From the fleet file as it was: the longest stop.deadline of each step of the end, one step after the other, with 5 s to kill',
  '# each time, and 60 s for the daemon itself; 120 s at least. Where deadlines grow: dreamnet install --replace.',
];

/**
 * The text of a systemd service that keeps the daemon. Its end in order (`dreamnet down`) is an end; every other is followed
 * by a start. Agents outlive the daemon's death: only the main process is ended, and they are adopted by the next.
 *
 * @source systemd.service(5), systemd.kill(5), systemd.resource-control(5)
 */
export function formatUnit(settings: UnitSettings): string {
  const { isUser, runAs, command } = settings;
  const lines = [
    '[Unit]',
    `Description=DreamNet OS, the fleet of ${escapeText(settings.fleetFile)}`,
    ...(isUser ? [] : ['Wants=network-online.target', 'After=network-online.target']),
    // systemd gives up after five starts in ten seconds otherwise; the delay below is limit enough.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.map(quoteArgument).join(' ')}`,
    `WorkingDirectory=${escapeText(settings.workingDirectory)}`,
    `Environment=${quoteValue(`PATH=${settings.searchPath}`)}`,
    ...(runAs === undefined || isUser ? [] : [`User=${escapeText(runAs)}`]),
    'Restart=on-failure',
    'RestartSec=1',
    'KillMode=process',
    ...STOP_COMMENT,
    `TimeoutStopSec=${settings.stopSeconds}`,
    // An agent that is killed for its memory is not the daemon's end.
    'OOMPolicy=continue',
    'Delegate=yes',
    'NoNewPrivileges=yes',
    'UMask=0077',
    'LimitCORE=0',
    '',
    '[Install]',
    `WantedBy=${isUser ? 'default.target' : 'multi-user.target'}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `%` begins a specifier everywhere. */
function escapeText(text: string): string {
  return text.replaceAll('%', '%%');
}

function quoteValue(text: string): string {
  return `"${escapeText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** In a command line `$` begins a variable, too. */
function quoteArgument(text: string): string {
  return quoteValue(text).replaceAll('$', '$$$$');
}
