import type { LogEntry } from '@dreamnet/contracts';
import { useLayoutEffect, useRef } from 'react';
import { clockText } from '../../ui/time-text.js';
import type { NumberedEntry } from './log-request.js';

/** What a row shows of a line; the daemon gives out up to 256 KiB of one. */
const LONGEST_SHOWN = 2000;
/** This near to the end counts as at the end: new lines are scrolled to. */
const NEAR_END_PX = 40;

const LEVEL_CLASS: Readonly<Record<string, string>> = {
  fatal: 'text-bad',
  error: 'text-bad',
  warn: 'text-warn',
  debug: 'text-faint',
  trace: 'text-faint',
};

/** Lines as they were written, the newest below; whoever has scrolled up is left where they are. */
export function LogLines({ lines, withAgents }: { lines: readonly NumberedEntry[]; withAgents: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what it is about
  useLayoutEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <div
      ref={box}
      role="log"
      aria-label="Lines"
      aria-live="off"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      }}
      className="h-[calc(100dvh-16rem)] min-h-64 overflow-y-auto overscroll-contain px-3 py-1.5 font-mono text-xs leading-5"
    >
      <ol>
        {lines.map(({ number, entry }) => (
          <li key={number} className="flex gap-2 hover:bg-raised">
            <time dateTime={new Date(entry.at).toISOString()} className="shrink-0 text-faint max-sm:hidden">
              {clockText(entry.at)}
            </time>
            {withAgents && (
              <span className="w-24 shrink-0 truncate text-soft" title={entry.agent}>
                {entry.agent}
              </span>
            )}
            <Line entry={entry} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function Line({ entry }: { entry: LogEntry }) {
  const level = entry.level ?? (entry.stream === 'err' ? 'warn' : '');
  const isCut = entry.line.length > LONGEST_SHOWN;
  return (
    <span className={`min-w-0 break-words whitespace-pre-wrap ${LEVEL_CLASS[level] ?? ''}`}>
      {isCut ? `${entry.line.slice(0, LONGEST_SHOWN)} … (${entry.line.length} characters)` : entry.line}
    </span>
  );
}
