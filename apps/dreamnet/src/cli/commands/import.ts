import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import type { Command } from 'commander';
import { programError } from '../../errors.js';
import type { CommandContext } from '../context.js';

interface ImportOptions {
  output: string;
  execute?: boolean;
  force?: boolean;
  json?: boolean;
}

/** `dreamnet import`: other tools' files become a fleet file. */
export function addImportCommand(program: Command, context: CommandContext): void {
  program
    .command('import')
    .description('write a dreamnet.yaml from the files of PM2, foreman, supervisord, compose and MCP editors')
    .argument('<files...>', 'ecosystem.config.js, Procfile, supervisord.conf, compose.yaml, .mcp.json')
    .option('-o, --output <file>', "where to; '-' prints it", 'dreamnet.yaml')
    .option('--execute', 'run JavaScript files to learn what they export')
    .option('--force', 'replace the file when it exists')
    .option('--json', 'print JSON for programs')
    .action(async (files: string[], options: ImportOptions) => {
      const { readForeignFile } = await import('../../import/read-file.js');
      const { writeFleet } = await import('../../import/write-fleet.js');
      const reading = { isExecuted: options.execute === true, variables: context.environment.variables };
      const read = files.map((path) => ({ path, imported: readForeignFile(path, reading) }));
      const isPrinted = options.output === '-';
      const { text, agents, subsystems, notes } = writeFleet(
        read,
        isPrinted ? '.' : dirname(resolve(options.output)),
      );
      if (isPrinted) {
        const json = { file: null, text, agents, subsystems, notes };
        context.terminal.out(options.json ? JSON.stringify(json, null, 2) : text.trimEnd());
        return;
      }
      if (existsSync(options.output) && options.force !== true)
        throw programError('DN_CLI_USAGE', {
          why: `${options.output} exists already and is left as it is; --force replaces it, -o names another`,
        });
      writeInto(options.output, text);
      const problem = await problemOf(options.output, context.environment.searchPath);
      if (problem !== undefined) process.exitCode = 1;
      const json = { file: options.output, agents, subsystems, notes, problem: problem?.message ?? null };
      context.terminal.out(options.json ? JSON.stringify(json, null, 2) : tell(json));
    });
}

/** The folder is made, too: a fleet file often is the first one in it. @throws DN_CLI_USAGE */
function writeInto(file: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(file, text);
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    throw programError('DN_CLI_USAGE', { why: `${file} cannot be written: ${why}` }, thrown);
  }
}

interface Outcome {
  file: string;
  agents: readonly string[];
  subsystems: readonly string[];
  notes: number;
  problem: string | null;
}

function tell({ file, agents, subsystems, notes, problem }: Outcome): string {
  const count = `agents ${agents.length}, subsystems ${subsystems.length}, comments to read ${notes}`;
  const written = `${file} written: ${count}.`;
  return problem === null
    ? `${written} Then: dreamnet up -f ${file}`
    : `${written} It does not load on this machine yet:\n${problem}`;
}

/** A program may be missing here, which is for the reader to know at once. */
async function problemOf(file: string, searchPath: string): Promise<DreamnetError | undefined> {
  const { loadFleet } = await import('../../config/load.js');
  try {
    loadFleet(file, searchPath);
    return undefined;
  } catch (thrown) {
    return DreamnetError.from(thrown);
  }
}
