import { DEFAULT_STATE_DIR } from '../cli/state-default.js';
import { parsePrometheusDuration } from './file/values.js';
import type { RunAlertmanagerOptions } from './run-alertmanager.js';

const VALUES = ['alertmanager-config', 'port', 'host', 'state', 'dispatch.start-delay'] as const;
type ValueName = (typeof VALUES)[number];
const HIGHEST_PORT = 65_535;

/**
 * Reads `up --alertmanager-config FILE …` when it is written plainly: each option once, nothing else, every value in order.
 *
 * @param argv The arguments after the program's name.
 * @param stateDir The state folder where none is named.
 * @returns undefined when it says anything else: then it is for the whole command line to read, to explain or to refuse.
 */
export function readStandInArguments(
  argv: readonly string[],
  stateDir: string = DEFAULT_STATE_DIR,
): RunAlertmanagerOptions | undefined {
  const given = argv[0] === 'up' ? readPlainly(argv.slice(1)) : undefined;
  const configFile = given?.get('alertmanager-config');
  if (!given || configFile === undefined) return undefined;
  const port = given.get('port');
  const startDelayMs = parsePrometheusDuration(given.get('dispatch.start-delay') ?? '0s');
  if (startDelayMs === undefined || (port !== undefined && !isPort(port))) return undefined;
  return {
    configFile,
    stateDir: given.get('state') ?? stateDir,
    port: port === undefined ? undefined : Number(port),
    host: given.get('host'),
    startDelayMs,
    isJson: given.has('json'),
  };
}

function readPlainly(words: readonly string[]): Map<ValueName | 'json', string> | undefined {
  const given = new Map<ValueName | 'json', string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const equals = word.indexOf('=');
    const name = (equals < 0 ? word : word.slice(0, equals)).replace(/^--/, '');
    if (!word.startsWith('--') || given.has(name as ValueName)) return undefined;
    if (name === 'json' && equals < 0) {
      given.set(name, '');
      continue;
    }
    if (!VALUES.includes(name as ValueName)) return undefined;
    if (equals < 0) at += 1;
    const value = equals < 0 ? words[at] : word.slice(equals + 1);
    if (value === undefined || value === '' || value.startsWith('-')) return undefined;
    given.set(name as ValueName, value);
  }
  return given;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= HIGHEST_PORT;
}
