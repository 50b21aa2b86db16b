import { type ReactNode, useId } from 'react';

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
      <header className="flex h-10 items-center gap-2 border-b border-line px-3">
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
  query: { data: T | undefined; error: Error | null };
  /** Lines kept free until the first answer, so that nothing moves when it comes. */
  lines?: number;
  children: (data: T) => ReactNode;
}

/** The answer of a query; before the first one a placeholder of the same kind of height, or why there is none. */
export function Loaded<T>({ query, lines = 3, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error)
    return (
      <p role="alert" className="px-3 py-5 text-center text-bad">
        {query.error.message}
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
