import type { DreamnetError } from '@dreamnet/kit';
import { Command, CommanderError } from 'commander';
import type { ProgramEnvironment } from '../env.js';
import { programError } from '../errors.js';
import { VERSION } from '../version.js';
import { addActCommands } from './commands/act.js';
import { addAgentCommands } from './commands/agents.js';
import { addAlertCommands } from './commands/alerts.js';
import { addBindingsCommand } from './commands/bindings.js';
import { addBudgetCommands } from './commands/budgets.js';
import { addGroupsCommand } from './commands/groups.js';
import { addHistoryCommand } from './commands/history.js';
import { addImportCommand } from './commands/import.js';
import { addInstallCommand } from './commands/install.js';
import { addLifecycleCommands } from './commands/lifecycle.js';
import { addLogCommands } from './commands/logs.js';
import { addLookCommands } from './commands/look.js';
import { addScaleCommand } from './commands/scaling.js';
import { addSecretsCommand } from './commands/secrets.js';
import { addStatusCommand } from './commands/status.js';
import { addTopCommand } from './commands/top.js';
import { addTrendsCommand } from './commands/trends.js';
import { addWiringCommands } from './commands/wiring.js';
import type { CommandContext } from './context.js';
import { runToEnd } from './run-to-end.js';

/**
 * Runs the command line once.
 *
 * @param argv The arguments after the program's name.
 * @returns The exit code: 0 done, 1 failed, 2 bad input or configuration.
 */
export function runProgram(argv: readonly string[], environment: ProgramEnvironment): Promise<number> {
  const isJson = argv.includes('--json');
  return runToEnd({
    environment,
    isJson,
    isLog: argv[0] === 'up',
    run: async (context) => {
      const program = buildProgram(context);
      if (isJson) leaveErrorsTo(program);
      try {
        await program.parseAsync([...argv], { from: 'user' });
      } catch (thrown) {
        if (!(thrown instanceof CommanderError)) throw thrown;
        if (thrown.exitCode === 0) return 0;
        if (isJson) throw usageError(thrown);
        return 2;
      }
      return typeof process.exitCode === 'number' ? process.exitCode : 0;
    },
  });
}

/** A program reads the error as JSON: neither the error as text nor the help that goes with it is printed. */
function leaveErrorsTo(program: Command): void {
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeErr: () => undefined, outputError: () => undefined });
}

function usageError({ message }: CommanderError): DreamnetError {
  const why = message.replace(/^error: /, '').replaceAll('\n', ' ');
  return programError('DN_CLI_USAGE', { why: `${why}; see 'dreamnet --help'` });
}

function buildProgram(context: CommandContext): Command {
  const program = new Command('dreamnet')
    .description('The operating layer for fleets of AI agents and the services around them.')
    .version(VERSION)
    .showHelpAfterError("(try 'dreamnet --help')")
    .exitOverride();
  addLifecycleCommands(program, context);
  addInstallCommand(program, context);
  addImportCommand(program, context);
  addStatusCommand(program, context);
  addLookCommands(program, context);
  addHistoryCommand(program, context);
  addTrendsCommand(program, context);
  addTopCommand(program, context);
  addAgentCommands(program, context);
  addGroupsCommand(program, context);
  addScaleCommand(program, context);
  addLogCommands(program, context);
  addWiringCommands(program, context);
  addBindingsCommand(program, context);
  addSecretsCommand(program, context);
  addBudgetCommands(program, context);
  addAlertCommands(program, context);
  addActCommands(program, context);
  for (const command of program.commands) command.exitOverride().showHelpAfterError();
  return program;
}
