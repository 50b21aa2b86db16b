import { isUtf8 } from 'node:buffer';
import { programError } from '../errors.js';

const CTRL_C = 3;
const CTRL_D = 4;
const BACKSPACES: readonly number[] = [8, 127];
const ENTERS: readonly number[] = [10, 13];

/**
 * What comes on standard input, without its last line break. A terminal shows nothing of what is typed; Ctrl-D ends it.
 *
 * @throws DN_CLI_USAGE for bytes that are no text, which would be changed by reading them as such.
 * @param what Asked of a person, e.g. `Value of mail-token`.
 */
export async function readStdin(what: string): Promise<string> {
  const bytes = process.stdin.isTTY ? await readUnseen(what) : await readAll();
  if (!isUtf8(bytes))
    throw programError('DN_CLI_USAGE', {
      why: 'standard input is not valid Unicode text; encode it, in base64 for example',
    });
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

async function readAll(): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function readUnseen(what: string): Promise<Buffer> {
  process.stderr.write(`${what} (nothing is shown; Ctrl-D ends it): `);
  process.stdin.setRawMode(true);
  try {
    const typed: number[] = [];
    for await (const part of process.stdin)
      for (const byte of part as Buffer) {
        if (byte === CTRL_D) return Buffer.from(typed);
        if (byte === CTRL_C) process.kill(process.pid, 'SIGINT');
        else if (BACKSPACES.includes(byte)) typed.pop();
        else typed.push(ENTERS.includes(byte) ? 10 : byte);
      }
    return Buffer.from(typed);
  } finally {
    process.stdin.setRawMode(false);
    process.stderr.write('\n');
  }
}
