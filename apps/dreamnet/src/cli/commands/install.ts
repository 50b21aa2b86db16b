import type { Command } from 'commander';
import { type CommandContext, stateDirOf } from '../context.js';
import { DEFAULT_STATE_DIR } from '../state-default.js';

interface Options {
  file: string;
  state?: string;
  name: string;
  user?: boolean;
  as?: string;
  replace?: boolean;
  print?: boolean;
  json?: boolean;
}

/** `install`: a systemd service that keeps the daemon. */
export function addInstallCommand(program: Command, context: CommandContext): void {
  program
    .command('install')
    .description('write a systemd service that keeps the daemon, and say what to run then')
    .option('-f, --file <file>', 'the fleet', 'dreamnet.yaml')
    .option('--state <dir>', `state folder of the daemon (default: ${DEFAULT_STATE_DIR})`)
    .option('--name <name>', 'name of the service', 'dreamnet')
    .option('--user', "of the user's own service manager; needs no rights")
    .option('--as <user>', "whom the machine's service manager runs it as (default: root)")
    .option('--replace', 'also when there is one of that name')
    .option('--print', 'only show it')
    .option('--json', 'print JSON for programs')
    .action(async (options: Options) => {
      const { planInstallation, writeInstallation } = await import('../../keep/install.js');
      const plan = planInstallation(context, {
        configFile: options.file,
        stateDir: stateDirOf(context, options),
        name: options.name,
        isUser: options.user === true,
        runAs: options.as,
      });
      if (options.print !== true) writeInstallation(plan, options.replace === true);
      const { terminal } = context;
      if (options.json === true) terminal.out(JSON.stringify(plan, null, 2));
      else if (options.print === true) terminal.out(plan.unit);
      else terminal.out([`${plan.path} written. Now:`, ...plan.next.map((line) => `  ${line}`)].join('\n'));
      if (!plan.hasKeeper)
        terminal.error(
          'No python3 3.9 or newer: systemd starts the daemon itself, and how agents end meanwhile stays unknown.',
        );
    });
}
