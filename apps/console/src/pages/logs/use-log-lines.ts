import type { LogEntry } from '@dreamnet/contracts';
import { useEffect, useState } from 'react';
import { type LogStreamState, readLogStream } from '../../api/log-stream.js';
import { MOST_LINES, type NumberedEntry, withNewLines } from './log-request.js';

/** The page is drawn this often at most, however fast lines come. */
const DRAW_EVERY_MS = 150;

/** The lines behind an address, with new ones as they come. */
export function useLogLines(
  path: string,
  isFollowing: boolean,
): { lines: readonly NumberedEntry[]; state: LogStreamState } {
  const [lines, setLines] = useState<readonly NumberedEntry[]>([]);
  const [state, setState] = useState<LogStreamState>('connecting');
  useEffect(() => {
    let waiting: LogEntry[] = [];
    let isAnew = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      const [entries, isFirst] = [waiting, isAnew];
      [timer, waiting, isAnew] = [undefined, [], false];
      setLines((shown) => withNewLines(isFirst ? [] : shown, entries));
    };
    const drawSoon = () => {
      timer ??= setTimeout(draw, DRAW_EVERY_MS);
    };
    // Those of another question; of the same one they stay until there are newer ones.
    setLines([]);
    const stop = readLogStream(path, isFollowing, {
      onLines: (entries) => {
        waiting = [...waiting, ...entries].slice(-MOST_LINES);
        drawSoon();
      },
      onRestart: () => {
        waiting = [];
        isAnew = true;
        drawSoon();
      },
      onState: setState,
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [path, isFollowing]);
  return { lines, state };
}
