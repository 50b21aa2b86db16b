import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { type Command, Option } from 'commander';
import { FLEET_TEMPLATE } from '../../config/template.js';
import type { ShutdownAnswer } from '../../daemon/ending.js';
import { readDaemonRecord } from '../../daemon/state-dir.js';
import { programError } from '../../errors.js';
import type { DoctorCheck } from '../../http/views.js';
import {
  type CommandContext,
  type CommonOptions,
  clientOf,
  DEFAULT_CONFIG,
  present,
  stateDirOf,
  withCommonOptions,
} from '../context.js';
import type { DoctorOptions } from '../doctor.js';
import { INTERRUPTED } from '../present-error.js';
import { showTable } from '../table.js';
import { identifyProcess, untilEnded } from '../until-ended.js';

/** Every agent may take its stop deadline to end. */
const DOWN_TIMEOUT_MS = 120_000;

interface DownOptions extends CommonOptions {
  leaveRunning?: boolean;
}

interface UpOptions extends CommonOptions {
  file: string;
  port?: string;
  host?: string;
  alertmanagerConfig?: string;
  'dispatch.startDelay'?: string;
  keep?: boolean;
  keptBy?: string;
}

/*
 * The parts a command runs on are imported when it runs: the schema, the daemon and the demo would cost every other command
 * its start.
 */

/** Commands about the daemon itself: up, down, apply, init, doctor, schema, demo. */
export function addLifecycleCommands(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('up').description('run the daemon and its fleet until Ctrl-C'))
    .option('-f, --file <file>', 'the fleet', DEFAULT_CONFIG)
    .option('--port <port>', 'overrides http.port; 0 takes a free one')
    .option('--host <host>', 'overrides http.host')
    .option('--alertmanager-config <file>', 'no fleet: stand in for the Alertmanager that has this file')
    .option('--dispatch.start-delay <duration>', 'with it: tell nobody for so long, such as 1m (default: 0s)')
    .option('--keep', 'start the daemon again whenever it dies, and note how agents ended meanwhile')
    .addOption(new Option('--kept-by <python>').hideHelp())
    .action(async (options: UpOptions) => {
      if (options.keep === true) {
        const { runKept } = await import('../../keep/run-kept.js');
        process.exitCode = await runKept(context, toKept(context, options));
        return;
      }
      if (options.alertmanagerConfig !== undefined) {
        await runAlertmanagerMode(context, options, options.alertmanagerConfig);
        return;
      }
      if (options['dispatch.startDelay'] !== undefined)
        throw programError('DN_CLI_USAGE', {
          why: '--dispatch.start-delay goes with --alertmanager-config; in a fleet groupWait says when',
        });
      const { runUp } = await import('../up.js');
      await runUp(context, {
        configFile: options.file,
        stateDir: stateDirOf(context, options),
        port: readPort(options.port),
        host: options.host,
        isJson: options.json === true,
        keptBy: options.keptBy,
      });
    });
  addDown(program, context);
  addApply(program, context);
  addInit(program, context);
  addDoctor(program, context);
  program
    .command('schema')
    .description('the JSON Schema of dreamnet.yaml, for editors')
    .action(async () => {
      const { fleetJsonSchema } = await import('../../config/schema.js');
      context.terminal.out(JSON.stringify(fleetJsonSchema(), null, 2));
    });
  addDemo(program, context);
}

/** The daemon is told the same again, in full: it may be started long after, by another keeper. */
function toKept(context: CommandContext, options: UpOptions) {
  if (options.alertmanagerConfig !== undefined)
    throw programError('DN_CLI_USAGE', {
      why: '--keep keeps a fleet; it does not go with --alertmanager-config',
    });
  const stateDir = resolve(stateDirOf(context, options));
  const port = readPort(options.port);
  const upArguments = ['-f', resolve(options.file), '--state', stateDir];
  if (port !== undefined) upArguments.push('--port', String(port));
  if (options.host !== undefined) upArguments.push('--host', options.host);
  if (options.json === true) upArguments.push('--json');
  return { stateDir, upArguments };
}

async function runAlertmanagerMode(
  context: CommandContext,
  options: UpOptions,
  configFile: string,
): Promise<void> {
  const { runAlertmanager } = await import('../../alertmanager/run-alertmanager.js');
  await runAlertmanager(context, {
    configFile,
    stateDir: stateDirOf(context, options),
    port: readPort(options.port),
    host: options.host,
    startDelayMs: await readStartDelay(options['dispatch.startDelay']),
    isJson: options.json === true,
  });
}

async function readStartDelay(text: string | undefined): Promise<number> {
  if (text === undefined) return 0;
  const { parsePrometheusDuration } = await import('../../alertmanager/file/values.js');
  const delayMs = parsePrometheusDuration(text);
  if (delayMs !== undefined) return delayMs;
  throw programError('DN_CLI_USAGE', {
    why: `--dispatch.start-delay: '${text}' is not a duration such as 30s, 5m or 1m30s`,
  });
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw programError('DN_CLI_USAGE', { why: `--port: '${text}' is not a port from 0 to 65535` });
  return port;
}

function addDown(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('down').description('end the daemon and every agent'))
    .option('--leave-running', 'end the daemon only; the next one adopts the agents')
    .action((options: DownOptions) => endDaemon(context, options));
}

/** What is said to have ended has: a daemon of this machine is waited for. Of one elsewhere only its promise is known. */
async function endDaemon(context: CommandContext, options: DownOptions): Promise<void> {
  const leaveRunning = options.leaveRunning === true;
  const isElsewhere = (options.url ?? context.environment.url) !== undefined;
  const daemon = isElsewhere ? undefined : readDaemonRecord(stateDirOf(context, options));
  const running = daemon && identifyProcess(daemon.pid);
  const client = clientOf(context, options, DOWN_TIMEOUT_MS);
  const answer = await client.send<ShutdownAnswer>('POST', '/api/shutdown', { leaveRunning });
  const { ending, isHurried, notKept } = answer;
  const isOver = running !== undefined && (await untilEnded(running, context, DOWN_TIMEOUT_MS));
  if (running && !isOver && !context.signal.aborted)
    throw programError('DN_CLI_TIMEOUT', {
      seconds: DOWN_TIMEOUT_MS / 1000,
      what: `process ${running.pid}, the daemon, is still ending; 'dreamnet down' waits again`,
    });
  if (running && !isOver) process.exitCode = INTERRUPTED;
  const names = ending.join(', ') || 'no agents';
  const how = isHurried ? ' (asked before: who was still there was killed)' : '';
  present(context, options, {
    json: {
      ...{ [isOver ? 'ended' : 'ending']: ending, daemon: daemon ?? null },
      ...(notKept !== undefined && { notKept }),
    },
    text: () =>
      [
        leaveRunning
          ? `The daemon ${isOver ? 'has ended' : 'was asked to end, not yet seen'}; the agents go on.`
          : `${isOver ? 'Ended' : 'Asked to end, not yet seen'}: ${names}${how}.`,
        ...unrecordedLines(notKept),
      ].join('\n'),
  });
}

/** Its last try comes at the end of the daemon, which nobody here has seen the outcome of. */
function unrecordedLines(notKept: string | undefined): string[] {
  if (notKept === undefined) return [];
  const why = notKept.replace(/\.$/, '');
  return [
    `  the audit trail did not take it (${why}); without room at the daemon's end, it has nothing of this`,
  ];
}

function addApply(program: Command, context: CommandContext): void {
  withCommonOptions(program.command('apply').description('take over what changed in the fleet file'))
    .option('-f, --file <file>', 'check this file first; the daemon reads its own')
    .action(async (options: CommonOptions & { file?: string }) => {
      if (options.file !== undefined) {
        const { loadFleet } = await import('../../config/load.js');
        loadFleet(options.file, context.environment.searchPath);
      }
      const client = clientOf(context, options, DOWN_TIMEOUT_MS);
      const { changes } = await client.send<{ changes: string[] }>('POST', '/api/apply');
      present(context, options, {
        json: { changes },
        text: () => changes.join('\n') || 'Nothing changed.',
      });
    });
}

function addInit(program: Command, context: CommandContext): void {
  program
    .command('init')
    .description('write a dreamnet.yaml to start from')
    .argument('[file]', 'where', DEFAULT_CONFIG)
    .action((file: string) => {
      if (existsSync(file))
        throw programError('DN_CLI_USAGE', { why: `${file} exists already and is left as it is` });
      writeTemplate(file);
      context.terminal.out(`${file} written. Edit it, then: dreamnet up -f ${file}`);
    });
}

function writeTemplate(file: string): void {
  try {
    writeFileSync(file, FLEET_TEMPLATE);
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    throw programError('DN_CLI_USAGE', { why: `${file} cannot be written: ${why}` }, thrown);
  }
}

function addDoctor(program: Command, context: CommandContext): void {
  withCommonOptions(
    program
      .command('doctor')
      .description('check the machine, the state folder, the fleet file and the daemon'),
  )
    .option('-f, --file <file>', 'check this fleet file')
    .action(async (options: DoctorOptions) => {
      const { examine } = await import('../doctor.js');
      const checks = await examine(context, options);
      if (checks.some((check) => !check.isOk)) process.exitCode = 1;
      present(context, options, { json: checks, text: () => showChecks(context, checks) });
    });
}

function showChecks(context: CommandContext, checks: readonly DoctorCheck[]): string {
  const { colors } = context.terminal;
  return showTable(context.terminal, checks, {
    columns: [
      { heading: ' ', cell: (check) => (check.isOk ? colors.green('✓') : colors.red('✗')) },
      { heading: 'CHECK', cell: (check) => check.check },
      { heading: 'FOUND', cell: (check) => check.details, isElastic: true },
    ],
    empty: 'Nothing was checked.',
  });
}

function addDemo(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('break a real fleet in eight ways and watch it heal, in a temporary folder')
    .option('--json', 'print JSON for programs')
    .option('--keep', 'leave the folder with its state and logs behind')
    .action(async (options: { json?: boolean; keep?: boolean }) => {
      const { runDemo } = await import('../../demo/demo.js');
      const isHealed = await runDemo({
        terminal: context.terminal,
        isJson: options.json === true,
        isKept: options.keep === true,
        variables: { ...context.environment.variables },
        signal: context.signal,
      });
      if (!isHealed) process.exitCode = 1;
    });
}
