import { resolve } from 'node:path';
import type { Clock } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { type LoadedFleet, loadFleet, recallFleet } from '../config/load.js';
import {
  type RememberedFleet,
  readDaemonRecord,
  readRememberedFleet,
  rememberFleet,
  wasLeftRunning,
} from './state-dir.js';

/** The fleet file: what of it is in force, and why what it says now is not. */
export interface FleetInForce {
  readonly path: string;
  /** Was the daemon before this one killed, or told to leave its agents running? Then they may be running. */
  readonly isReturn: boolean;
  /** What is in force. */
  inForce(): LoadedFleet;
  /** Why the file as it is now is not in force; undefined when it is. */
  refusal(): DreamnetError | undefined;
  /** Reads and checks the file. @throws DN_CONFIG_*; then that is the refusal */
  read(): LoadedFleet;
  /** What was read is in force from now on, and is what a daemon comes back to. */
  take(loaded: LoadedFleet): void;
}

export interface FleetInForceOptions {
  readonly path: string;
  /** Folders looked through for commands without a slash. */
  readonly searchPath: string;
  /** Path of the state folder; it need not be there yet. */
  readonly stateDir: string;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Reads the fleet file for a daemon that starts.
 *
 * Where a daemon was killed, or left them, its agents run, and whoever comes after it must look after them even if the file was broken
 * meanwhile: then what was in force stays in force, as it would have with the daemon alive.
 *
 * @throws DN_CONFIG_* when the file is wrong and no agents may be running by what it said before.
 */
export function openFleetInForce({ path, searchPath, stateDir, clock }: FleetInForceOptions): FleetInForce {
  let refusal: DreamnetError | undefined;
  const read = (): LoadedFleet => {
    try {
      return loadFleet(path, searchPath);
    } catch (thrown) {
      refusal = DreamnetError.from(thrown);
      throw refusal;
    }
  };
  // A daemon that ended in order has taken its record away, and noted whether its agents go on.
  const isReturn = readDaemonRecord(stateDir) !== undefined || wasLeftRunning(stateDir);
  let inForce = isReturn ? readOrRecall(path, readRememberedFleet(stateDir), read) : read();
  return {
    ...{ path, isReturn },
    inForce: () => inForce,
    refusal: () => refusal,
    read,
    take: (loaded) => {
      inForce = loaded;
      refusal = undefined;
      rememberFleet(stateDir, { file: resolve(path), text: loaded.text, at: clock.now() });
    },
  };
}

function readOrRecall(path: string, last: RememberedFleet | undefined, read: () => LoadedFleet): LoadedFleet {
  try {
    return read();
  } catch (thrown) {
    const recalled = last?.file === resolve(path) ? recall(path, last) : undefined;
    if (recalled === undefined) throw thrown;
    return recalled;
  }
}

/** Undefined when it is no longer understood, as after a change of versions: then the refusal itself is what to say. */
function recall(path: string, last: RememberedFleet): LoadedFleet | undefined {
  try {
    return recallFleet(path, last.text);
  } catch (thrown) {
    if (DreamnetError.from(thrown).code.startsWith('DN_CONFIG_')) return undefined;
    throw thrown;
  }
}
