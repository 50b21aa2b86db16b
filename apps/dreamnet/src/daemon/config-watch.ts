import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';

/** Editors write a file in several steps: what comes within this time is one change. */
const SETTLE_MS = 300;
/** How often the file is looked at where nothing tells of its changes. */
const LOOK_EVERY_MS = 2000;

export interface ConfigWatchOptions {
  file: string;
  clock: Clock;
  /** Takes the change over; a throw means the file as it is now is refused and the old one stays in force. */
  apply: () => Promise<unknown>;
  onRefused: (error: DreamnetError) => void;
  onTrouble: (text: string) => void;
  /** Default: the kernel tells. */
  watchFolder?: typeof watchFolder;
}

/**
 * Takes over changes of the fleet file as they are saved. The folder is watched, not the file: editors replace it. Where the
 * kernel has no watch or no descriptor left, which is no reason not to run, the file is looked at now and then.
 *
 * @returns What ends the watch.
 */
export function watchConfig(options: ConfigWatchOptions): () => void {
  const { clock, file } = options;
  const path = resolve(file);
  let timer: TimerHandle | undefined;
  let running: Promise<void> = Promise.resolve();
  const takeOver = () => {
    running = running.then(async () => {
      await options.apply().catch((thrown) => options.onRefused(DreamnetError.from(thrown)));
    });
  };
  const touch = () => {
    if (timer) clock.clearTimeout(timer);
    timer = clock.setTimeout(takeOver, SETTLE_MS);
  };
  const end = openWatch(path, touch, options);
  return () => {
    if (timer) clock.clearTimeout(timer);
    end();
  };
}

function openWatch(path: string, touch: () => void, options: ConfigWatchOptions): () => void {
  const { clock, onRefused, onTrouble } = options;
  try {
    const watcher = (options.watchFolder ?? watchFolder)(dirname(path), (changed) => {
      if (changed === null || changed === basename(path)) touch();
    });
    watcher.on('error', (error) => onRefused(DreamnetError.from(error)));
    return () => watcher.close();
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    onTrouble(
      `${path} is looked at every ${LOOK_EVERY_MS / 1000} s, because nothing tells of its changes (${why})`,
    );
    return lookNowAndThen(path, clock, touch);
  }
}

function watchFolder(folder: string, onChange: (changed: string | null) => void): FSWatcher {
  return watch(folder, { persistent: false }, (_event, changed) => onChange(changed));
}

function lookNowAndThen(path: string, clock: Clock, touch: () => void): () => void {
  let seen = fingerprintOf(path);
  let timer: TimerHandle;
  const look = () => {
    const now = fingerprintOf(path);
    if (now !== seen) touch();
    seen = now;
    timer = clock.setTimeout(look, LOOK_EVERY_MS);
  };
  timer = clock.setTimeout(look, LOOK_EVERY_MS);
  return () => clock.clearTimeout(timer);
}

/** Which file it is, how long, and when it was written. */
function fingerprintOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : '';
}
