import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { windowOf } from './list-window.js';

interface VirtualListProps<T> {
  label: string;
  items: readonly T[];
  /** Stable while the list changes. */
  keyOf: (item: T) => string;
  /** Every row has this height; only those that can be seen are on the page. */
  rowPx: number;
  /** As many rows as fit are shown before it scrolls. */
  highestPx: number;
  children: (item: T) => ReactNode;
}

/** A list of any length that costs what is seen of it. */
export function VirtualList<T>({ label, items, keyOf, rowPx, highestPx, children }: VirtualListProps<T>) {
  const box = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const wholePx = items.length * rowPx;
  const heightPx = Math.min(wholePx, highestPx);
  const { first, end } = windowOf({ count: items.length, rowPx, topPx: top, heightPx });
  // A list that got shorter has been scrolled back by the browser without an event.
  useEffect(() => {
    if (box.current && wholePx >= 0) setTop(box.current.scrollTop);
  }, [wholePx]);
  return (
    <section
      ref={box}
      aria-label={label}
      // What scrolls must be reachable by keyboard; within it the arrows go from row to row.
      tabIndex={wholePx > highestPx ? 0 : -1}
      onKeyDown={stepByArrow}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      style={{ height: heightPx }}
      className="overflow-y-auto overscroll-contain focus-visible:-outline-offset-2"
    >
      <ul style={{ height: wholePx, paddingTop: first * rowPx }} className="box-border">
        {items.slice(first, end).map((item, index) => (
          <li
            key={keyOf(item)}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            style={{ height: rowPx }}
            className="overflow-hidden border-b border-line"
          >
            {children(item)}
          </li>
        ))}
      </ul>
    </section>
  );
}

const STEPS: Readonly<Record<string, 'nextElementSibling' | 'previousElementSibling'>> = {
  ArrowDown: 'nextElementSibling',
  ArrowUp: 'previousElementSibling',
};

/** From one row's button or link to the next; elsewhere the arrows scroll as ever. */
function stepByArrow(event: KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key];
  const row = event.target instanceof Element ? event.target.closest('li') : null;
  if (!step || !row) return;
  const next = row[step]?.querySelector<HTMLElement>('a, button');
  if (!next) return;
  event.preventDefault();
  next.focus();
}
