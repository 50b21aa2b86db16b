import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/dreamnet.mjs', import.meta.url));

/** What a webhook is sent: Alertmanager's payload. */
export interface Told {
  readonly status: string;
  readonly groupKey: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** The built program in place of an Alertmanager, in a folder of its own, with a webhook that this process answers. */
export interface StandIn {
  readonly folder: string;
  /** Writes `am.yml`: a group for each alert, told at once. */
  writeConfig(receiver?: string): void;
  /** On a free port. @returns Its address, when it says it. */
  start(...more: string[]): Promise<string>;
  pid(): number | undefined;
  /** What it has said to standard error since its last start. */
  errors(): string;
  /** @returns How it ended; null by a signal, or when it did not run. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Ends it, closes the webhook and removes the folder. */
  remove(): Promise<void>;
}

/** @param hook Answers each message. */
export async function prepareStandIn(
  hook: (told: Told, response: ServerResponse) => void,
  hookPath = '',
): Promise<StandIn> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-am-'));
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => hook(JSON.parse(Buffer.concat(chunks).toString()), response));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  let program: ChildProcess | undefined;
  let errors = '';
  const standIn: StandIn = {
    folder,
    writeConfig: (name = 'hook') =>
      writeFileSync(
        join(folder, 'am.yml'),
        `route: { receiver: ${name}, group_by: ['...'], group_wait: 0s, group_interval: 1s }
receivers:
- name: ${name}
  webhook_configs: [ { url: 'http://127.0.0.1:${port}/${hookPath}' } ]
`,
      ),
    start: (...more) => {
      const where = ['--alertmanager-config', 'am.yml', '--port', '0', '--state', 'state'];
      const args = [BIN, 'up', ...where, '--json', ...more];
      const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      program = child;
      errors = '';
      child.stderr.on('data', (chunk) => {
        errors += chunk;
      });
      return new Promise((resolve, reject) => {
        child.stdout.once('data', (chunk) => resolve(JSON.parse(String(chunk)).url));
        child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors}`)));
      });
    },
    pid: () => program?.pid,
    errors: () => errors,
    end: async (signal) => {
      const child = program;
      program = undefined;
      if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
      const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
      child.kill(signal);
      return gone;
    },
    remove: async () => {
      await standIn.end('SIGKILL');
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
  standIn.writeConfig();
  return standIn;
}
