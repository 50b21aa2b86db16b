import { runAlertmanager } from './alertmanager/run-alertmanager.js';
import { readStandInArguments } from './alertmanager/stand-in-arguments.js';
import { runToEnd } from './cli/run-to-end.js';
import { readEnvironment } from './env.js';

/**
 * `dreamnet up --alertmanager-config` and nothing else of the program: the whole command line and what it shares with a
 * fleet would be eight megabytes that a stand-in for an Alertmanager never needs.
 *
 * @returns false when the arguments say more than it understands: nothing has been done then. Sets the exit code.
 */
export async function main(): Promise<boolean> {
  const environment = readEnvironment();
  const options = readStandInArguments(process.argv.slice(2), environment.stateDir);
  if (!options) return false;
  process.exitCode = await runToEnd({
    environment,
    isJson: options.isJson,
    isLog: true,
    run: async (context) => {
      await runAlertmanager(context, options);
      return typeof process.exitCode === 'number' ? process.exitCode : 0;
    },
  });
  return true;
}
