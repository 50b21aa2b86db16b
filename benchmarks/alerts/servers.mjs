// What is put side by side: our stand-alone mode and Debian's Alertmanager. Each: start(config) -> { url, pid, end() }.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findDebianProgram } from '../debian-program.mjs';
import { freePort, until } from '../supervision/measure.mjs';
import { call } from './load.mjs';

const DREAMNET = fileURLToPath(new URL('../../apps/dreamnet/bin/dreamnet.mjs', import.meta.url));
const TEMPLATE = '/usr/share/prometheus/alertmanager/default.tmpl';

export const dreamnet = {
  name: 'DreamNet OS',
  start: (config) =>
    run(config, (file, folder, port) => [
      process.execPath,
      [
        DREAMNET,
        'up',
        '--alertmanager-config',
        file,
        '--port',
        String(port),
        '--state',
        join(folder, 'state'),
      ],
    ]),
};

/** @returns Debian's Alertmanager: the one of the PATH, the one given, or a package fetched and unpacked; else undefined. */
export function findAlertmanager(given) {
  const program = given ?? findDebianProgram('prometheus-alertmanager', ['prometheus-alertmanager']);
  if (program === undefined) return undefined;
  const share = join(program, '..', '..', 'share');
  return {
    name: 'Alertmanager (Debian)',
    start: (config) =>
      run(config, (file, folder, port) => {
        const args = [
          `--config.file=${file}`,
          `--storage.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--cluster.listen-address=',
          '--log.level=error',
        ];
        if (existsSync(TEMPLATE) || !existsSync(share)) return [program, args];
        // It wants its template at a fixed place: only this process sees it there.
        const mount = `mount -t overlay -o lowerdir=${share}:/usr/share overlay /usr/share`;
        return ['unshare', ['-m', 'sh', '-c', `${mount} && exec "$0" "$@"`, program, ...args]];
      }),
  };
}

async function run(config, commandOf) {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-bench-'));
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, config);
  const port = await freePort();
  const [command, args] = commandOf(file, folder, port);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = await until(
    () =>
      call('GET', { port }, '/-/ready').then(
        ({ status }) => status === 200,
        () => false,
      ),
    20_000,
    20,
  );
  if (!isReady) throw new Error(`${command} was never ready: ${errors}`);
  return {
    url,
    port,
    pid: child.pid,
    end: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
