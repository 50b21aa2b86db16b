import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import {
  type Imported,
  type ImportedAgent,
  importedAgent,
  nothingImported,
  type SourceFile,
} from './imported.js';
import { splitWords, toCommand } from './shell-words.js';
import { countOf, leftOut, listOf, mapOf, numberOf, sizeOf, wordOf, wordsOf } from './values.js';
import { takeVariables } from './variables.js';

const KNOWN = [
  'name',
  'script',
  'args',
  'cwd',
  'interpreter',
  'exec_interpreter',
  'interpreter_args',
  'interpreterArgs',
  'node_args',
  'env',
  'autorestart',
  'max_restarts',
  'restart_delay',
  'exp_backoff_restart_delay',
  'kill_timeout',
  'max_memory_restart',
  'instances',
];
/** What PM2 runs a script of each kind with. @source pm2 lib/API/interpreter.json */
const INTERPRETERS: ReadonlyMap<string, string> = new Map([
  ['.js', 'node'],
  ['.mjs', 'node'],
  ['.cjs', 'node'],
  ['.py', 'python3'],
  ['.sh', 'bash'],
  ['.rb', 'ruby'],
  ['.php', 'php'],
  ['.pl', 'perl'],
  ['.coffee', 'coffee'],
  ['.ls', 'lsc'],
  ['.ts', 'bun'],
  ['.tsx', 'bun'],
]);

/** The apps of a PM2 ecosystem: `{apps: […]}`, a list, or a single one. */
export function pm2AppsIn(value: unknown): Record<string, unknown>[] | undefined {
  const given = mapOf(value).apps ?? value;
  const apps = listOf(given).map(mapOf);
  return apps.some(({ script }) => wordOf(script) !== undefined) ? apps : undefined;
}

/** A PM2 ecosystem that has been read already. */
export function readPm2(
  { folder }: SourceFile,
  apps: readonly Record<string, unknown>[],
  file: Record<string, unknown>,
): Imported {
  const imported = nothingImported();
  if ('apps' in file) imported.notes.push(...leftOut(file, ['apps']));
  for (const app of apps) {
    const script = wordOf(app.script);
    if (script === undefined) {
      imported.notes.push(`the app '${wordOf(app.name) ?? '?'}' has no script: left out`);
      continue;
    }
    const name = wordOf(app.name) ?? script.replace(/^.*\//, '').replace(/\.\w+$/, '');
    const cwd = resolve(folder, wordOf(app.cwd) ?? '.');
    const agent = importedAgent(name, commandOf(app, script, cwd), cwd);
    if (agent.command[0] === 'bun' && interpreterOf(app) === undefined)
      agent.notes.push(
        'PM2 runs it with bun, before version 6 with ts-node: name the one that is installed here',
      );
    takeVariables(agent, app.env);
    takeSettings(agent, app);
    const environments = Object.keys(app).filter((key) => key.startsWith('env_') && key !== 'env_file');
    if (environments.length > 0)
      agent.notes.push(
        `not carried over: ${environments.join(', ')}; one file for each environment is meant here`,
      );
    if (app.env_file !== undefined)
      agent.notes.push(`${app.env_file} is not read: write its variables under env, secrets into the vault`);
    agent.notes.push(...leftOut(app, [...KNOWN, 'env_file', ...environments]));
    imported.agents.push(agent);
  }
  return imported;
}

function commandOf(
  app: Record<string, unknown>,
  script: string,
  cwd: string,
): readonly [string, ...string[]] {
  // PM2 gives such a line to a shell when there is no file of that name.
  if (/\s/.test(script) && !existsSync(resolve(cwd, script))) {
    const words = [script, ...argumentsOf(app.args)].join(' ');
    return toCommand(words) ?? ['sh', '-c', words];
  }
  const given = interpreterOf(app);
  const interpreter = given === 'none' ? undefined : (given ?? INTERPRETERS.get(extname(script)));
  const options = argumentsOf(app.interpreter_args ?? app.interpreterArgs ?? app.node_args);
  const args = argumentsOf(app.args);
  return interpreter === undefined ? [script, ...args] : [interpreter, ...options, script, ...args];
}

function interpreterOf(app: Record<string, unknown>): string | undefined {
  return wordOf(app.interpreter) ?? wordOf(app.exec_interpreter);
}

function argumentsOf(given: unknown): string[] {
  return typeof given === 'string' ? (splitWords(given) ?? [given]) : wordsOf(given);
}

function takeSettings(agent: ImportedAgent, app: Record<string, unknown>): void {
  const { settings, notes } = agent;
  const intensity = numberOf(app.max_restarts);
  const initialMs = numberOf(app.exp_backoff_restart_delay) ?? numberOf(app.restart_delay);
  const restart = {
    ...(app.autorestart === false && { policy: 'temporary' }),
    ...(intensity !== undefined && { intensity }),
    ...(initialMs && { backoff: { initial: `${initialMs}ms`, max: `${Math.max(initialMs, 30_000)}ms` } }),
  };
  if (Object.keys(restart).length > 0) settings.restart = restart;
  const killMs = numberOf(app.kill_timeout);
  // Its own default differs from ours.
  settings.stop = { ...(killMs !== undefined && { deadline: `${killMs}ms` }), signal: 'SIGINT' };
  const memory = sizeOf(app.max_memory_restart);
  if (memory !== undefined) {
    settings.resources = { memory };
    notes.push('max_memory_restart became a limit that the kernel enforces');
  }
  const { instances } = app;
  if (app.exec_mode === 'fork' && countOf(instances) > 1) settings.replicas = countOf(instances);
  else if (instances !== undefined && instances !== 1 && instances !== '1')
    notes.push(
      `not carried over: instances ${instances}; PM2 shares one port among them (cluster), replicas here have a port each`,
    );
}
