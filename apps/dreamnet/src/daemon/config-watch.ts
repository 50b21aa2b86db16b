import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Clock, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';

/** Editors write a file in several steps: what comes within this time is one change. */
const SETTLE_MS = 300;

export interface ConfigWatchOptions {
  file: string;
  clock: Clock;
  /** Takes the change over; a throw means the file as it is now is refused and the old one stays in force. */
  apply: () => Promise<unknown>;
  onRefused: (error: DreamnetError) => void;
}

/**
 * Takes over changes of the fleet file as they are saved. The folder is watched, not the file: editors replace it.
 *
 * @returns What ends the watch.
 */
export function watchConfig(options: ConfigWatchOptions): () => void {
  const { clock, file } = options;
  const name = basename(file);
  let timer: TimerHandle | undefined;
  let running: Promise<void> = Promise.resolve();
  const takeOver = () => {
    running = running.then(async () => {
      await options.apply().catch((thrown) => options.onRefused(DreamnetError.from(thrown)));
    });
  };
  const watcher: FSWatcher = watch(dirname(resolve(file)), (_event, changed) => {
    if (changed !== null && changed !== name) return;
    if (timer) clock.clearTimeout(timer);
    timer = clock.setTimeout(takeOver, SETTLE_MS);
  });
  watcher.on('error', (error) => options.onRefused(DreamnetError.from(error)));
  watcher.unref();
  return () => {
    if (timer) clock.clearTimeout(timer);
    watcher.close();
  };
}
