import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';
import { isRunning, type LockHolder, thisProcess } from './process-identity.js';

/** Held until `release`; the end of the process releases it as well. */
export interface StateLock {
  /** Idempotent. */
  release(): Promise<void>;
}

/** Claims are files in this folder of the state directory. */
const CLAIMS_FOLDER = 'daemon.lock';
const CLAIM_NAME = /^([0-9a-z]+)-(\d+)-(\d+)$/;
/**
 * Two daemons started at the same instant see each other: the one with the lower pid looks again, up to this often
 * (some 100 ms), until the other has given way. By looking and not by a timer: nothing else keeps a program alive then.
 */
const LOOKS = 300;

/**
 * Makes this process the only daemon on a state directory.
 *
 * Every contender puts a claim named after its own identity (boot, pid, start time) and then looks at the others. Of
 * two contenders at least one therefore sees the other, and a claim is only ever removed when the very process it
 * names is gone; so two can never hold it, and one that was killed with -9 blocks nobody. Limit: daemons in different
 * pid namespaces (two containers on one volume) cannot see each other's processes.
 *
 * @param directory Made when it is not there.
 * @throws DN_STATE_LOCKED with the holder's pid, DN_STATE_UNUSABLE
 */
export async function acquireStateLock(directory: string): Promise<StateLock> {
  const folder = join(directory, CLAIMS_FOLDER);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const self = await thisProcess();
    await claim(folder, self, directory);
    await waitForOthers({ folder, self, directory });
    return { release: () => rm(join(folder, claimName(self)), { force: true }) };
  } catch (thrown) {
    if (DreamnetError.is(thrown)) throw thrown;
    const { message } = DreamnetError.from(thrown);
    throw adaptersError('DN_STATE_UNUSABLE', { directory, message }, thrown);
  }
}

async function claim(folder: string, self: LockHolder, directory: string): Promise<void> {
  try {
    const file = await open(join(folder, claimName(self)), 'wx', 0o600);
    await file.close();
  } catch (thrown) {
    // Our own name is there: this very process holds it already.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')
      throw adaptersError('DN_STATE_LOCKED', { directory, pid: self.pid }, thrown);
    throw thrown;
  }
}

interface Contest {
  folder: string;
  self: LockHolder;
  directory: string;
}

async function waitForOthers({ folder, self, directory }: Contest): Promise<void> {
  for (let look = 1; ; look += 1) {
    const rival = await liveRival(folder, self);
    if (!rival) return;
    if (look >= LOOKS || rival.pid < self.pid) {
      await rm(join(folder, claimName(self)), { force: true });
      throw adaptersError('DN_STATE_LOCKED', { directory, pid: rival.pid });
    }
  }
}

/** The live contender with the lowest pid. Claims of processes that are gone are removed on the way. */
async function liveRival(folder: string, self: LockHolder): Promise<LockHolder | undefined> {
  let lowest: LockHolder | undefined;
  for (const name of await readdir(folder)) {
    const other = parseClaim(name);
    if (!other || name === claimName(self)) continue;
    if (!(await isRunning(other, self.boot))) await rm(join(folder, name), { force: true });
    else if (!lowest || other.pid < lowest.pid) lowest = other;
  }
  return lowest;
}

function claimName({ boot, pid, startTicks }: LockHolder): string {
  return `${boot}-${pid}-${startTicks}`;
}

function parseClaim(name: string): LockHolder | undefined {
  const match = CLAIM_NAME.exec(name);
  if (!match) return undefined;
  return { boot: match[1] ?? '', pid: Number(match[2]), startTicks: Number(match[3]) };
}
