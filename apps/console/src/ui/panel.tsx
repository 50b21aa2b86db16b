import { History } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { isNoAnswer } from '../api/http.js';
import { Moment } from './moment.js';

interface PanelProps {
  title: string;
  /** Beside the title: a count or a short sentence. */
  note?: ReactNode;
  /** At the right end of the title line. */
  aside?: ReactNode;
  children: ReactNode;
}

/** One titled part of the page. */
export function Panel({ title, note, aside, children }: PanelProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="min-w-0 overflow-hidden rounded-lg border border-line bg-surface"
    >
      <header className="flex min-h-10 flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-3 py-1">
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {note !== undefined && <span className="truncate text-xs text-faint">{note}</span>}
        {aside !== undefined && <div className="ml-auto flex items-center gap-1">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** What a part shows when there is nothing to show. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className="px-3 py-5 text-center text-soft">{children}</p>;
}

interface LoadedProps<T> {
  query: { data: T | undefined; error: Error | null; dataUpdatedAt: number };
  /** Lines kept free until the first answer, so that nothing moves when it comes. */
  lines?: number;
  children: (data: T) => ReactNode;
}

/**
 * The answer of a query; before the first one a placeholder of the same kind of height, or why there is none. An answer
 * that the daemon would not renew is shown as what it is: old. That it does not answer at all is said by the whole page.
 */
export function Loaded<T>({ query, lines = 3, children }: LoadedProps<T>) {
  const { data, error, dataUpdatedAt } = query;
  if (data !== undefined)
    return (
      <>
        {error && !isNoAnswer(error) && (
          <p role="status" className="flex gap-1.5 bg-warn-wash px-3 py-1 text-xs text-warn">
            <History aria-hidden size={13} className="mt-0.5 shrink-0" />
            <span>
              As it was <Moment at={dataUpdatedAt} />: {error.message}
            </span>
          </p>
        )}
        {children(data)}
      </>
    );
  if (error)
    return (
      <p role="alert" className="px-3 py-5 text-center text-bad">
        {error.message}
      </p>
    );
  return (
    <div aria-busy className="space-y-3 p-3">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the placeholder lines are all alike
        <div key={line} className="h-4 animate-pulse rounded bg-raised" />
      ))}
    </div>
  );
}
