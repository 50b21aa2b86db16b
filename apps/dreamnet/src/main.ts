import { runProgram } from './cli/program.js';
import { readEnvironment } from './env.js';

/** Runs the program with this process's arguments and environment; sets the exit code. */
export async function main(): Promise<void> {
  process.exitCode = await runProgram(process.argv.slice(2), readEnvironment());
}
