import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

const MOUNT = 'mount -t tmpfs -o size="$2" none "$1"';

/** Arguments of unshare(1) that run a command of the shell where such a disk, seen by nobody else, is in a folder (`$1`). */
export function onOwnDisk({ folder, size }: { folder: string; size: string }, then: string): string[] {
  return ['--map-root-user', '--mount', 'sh', '-c', `${MOUNT} && ${then}`, 'sh', folder, size];
}

/** Skips the test where nobody may mount a disk of his own. */
export function needSmallDisk({ skip }: Pick<TestContext, 'skip'>): void {
  const { status } = spawnSync('unshare', onOwnDisk({ folder: tmpdir(), size: '4m' }, 'true'));
  skip(status !== 0, 'needs a mount namespace for a small disk');
}

/** A disk of 16 MiB that lives until it is removed, whoever uses it meanwhile: one process holds it. */
export function holdSmallDisk() {
  const disk = mkdtempSync(join(tmpdir(), 'dreamnet-disk-'));
  const args = onOwnDisk({ folder: disk, size: '16m' }, 'exec sleep 1000');
  const holder = spawn('unshare', args, { stdio: 'ignore' });
  return {
    disk,
    holder,
    /** A path on it as everybody sees it. */
    inside: (path: string) => join(`/proc/${holder.pid}/root`, disk, path),
    remove: () => {
      holder.kill('SIGKILL');
      rmSync(disk, { recursive: true, force: true });
    },
  };
}

/** Until nothing more fits. @param path Of a file on it. */
export function fillDisk(path: string): void {
  for (const kilobytes of [512, 64, 4, 1])
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(kilobytes * 1024, 'x'), { flag: 'a' });
      } catch {
        break;
      }
    }
}

type Sought<T> = T | undefined | false;

/** @throws when it is not answered within 20 s */
export async function until<T>(what: string, ask: () => Promise<Sought<T>> | Sought<T>): Promise<T> {
  const end = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new TypeError(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
