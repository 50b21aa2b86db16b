import type { Clock } from '@dreamnet/contracts';
import type { Command } from 'commander';
import { readDaemonRecord, readToken } from '../daemon/state-dir.js';
import type { ProgramEnvironment } from '../env.js';
import { programError } from '../errors.js';
import { createClient, type DaemonClient } from './client.js';
import { namingNearOnes } from './known-names.js';
import { DEFAULT_STATE_DIR } from './state-default.js';
import type { Terminal } from './terminal.js';

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: ProgramEnvironment;
  readonly clock: Clock;
  /** Ends when the user presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** Calls the handler when the user presses Ctrl-C again. */
  readonly onSecondInterrupt: (handler: () => void) => void;
}

/** Options every command takes. */
export interface CommonOptions {
  json?: boolean;
  state?: string;
  url?: string;
  token?: string;
}

/** The fleet file where none is named. */
export const DEFAULT_CONFIG = 'dreamnet.yaml';
const DEFAULT_URL = 'http://127.0.0.1:7766';

/** The state folder in use: the option, then the environment, then `.dreamnet` here. */
export function stateDirOf(context: CommandContext, options: CommonOptions): string {
  return options.state ?? context.environment.stateDir ?? DEFAULT_STATE_DIR;
}

/** A client for the daemon the user means: an address given outright, or the one recorded in the state folder. */
export function clientOf(context: CommandContext, options: CommonOptions, timeoutMs?: number): DaemonClient {
  const stateDir = stateDirOf(context, options);
  const given = options.url ?? context.environment.url;
  if (given !== undefined && !isHttpUrl(given))
    throw programError('DN_CLI_USAGE', {
      why: `'${given}' is not the address of a daemon, such as ${DEFAULT_URL}`,
    });
  const client = createClient({
    url: given ?? readDaemonRecord(stateDir)?.url ?? DEFAULT_URL,
    isShown: options.json !== true,
    token: options.token ?? context.environment.token ?? readToken(stateDir, 'admin'),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal: context.signal,
  });
  return namingNearOnes(client);
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'http:';
}

/** Ends with Ctrl-C, and when nobody reads the output any more. */
export function untilUnread({ signal, terminal }: CommandContext): AbortSignal {
  return AbortSignal.any([signal, terminal.unread]);
}

/** Prints the value for programs, or the text for people. */
export function present(
  context: CommandContext,
  options: CommonOptions,
  answer: { json: unknown; text: () => string },
): void {
  context.terminal.out(options.json ? JSON.stringify(answer.json, null, 2) : answer.text());
}

/** Adds the options every command shares. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print JSON for programs')
    .option('--state <dir>', `state folder of the daemon (default: ${DEFAULT_STATE_DIR})`)
    .option('--url <url>', 'address of the daemon (default: the one recorded in the state folder)')
    .option('--token <token>', 'access token (default: read from the state folder)');
}

/** Options of a list that is shown a page at a time. */
export interface PageOptions {
  limit?: string;
  after?: string;
}

/** Adds the options of a list that is shown a page at a time. */
export function withPageOptions(command: Command): Command {
  return command
    .option('--limit <count>', 'so many lines at most, and how to see the next ones')
    .option('--after <place>', 'the lines after those shown before, newest first');
}

/** The page that is asked for, as the query of a list has it. */
export function pageQuery({ limit, after }: PageOptions): Record<string, string> {
  return { ...(limit !== undefined && { limit }), ...(after !== undefined && { after }) };
}

/** Says where the next page begins, beside what programs read. */
export function presentNext({ terminal }: CommandContext, next: string | null | undefined): void {
  if (next) terminal.error(terminal.colors.dim(`more: --after ${next}`));
}
