import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { placesToDraw, windowOf } from './list-window.js';
import { roveRows } from './row-keys.js';

interface VirtualListProps<T> {
  label: string;
  items: readonly T[];
  /** Stable while the list changes. */
  keyOf: (item: T) => string;
  /** Every row has this height; only those that can be seen are on the page, and the one that had the focus last. */
  rowPx: number;
  /** As many rows as fit are shown before it scrolls. */
  highestPx: number;
  /** Its rows are read only, nothing in them can be pressed: the list itself is what the keys scroll. */
  isReadOnly?: boolean;
  children: (item: T) => ReactNode;
}

/** A list of any length that costs what is seen of it. */
export function VirtualList<T>({ label, items, keyOf, rowPx, highestPx, ...options }: VirtualListProps<T>) {
  const { isReadOnly = false, children } = options;
  const box = useRef<HTMLElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  const wholePx = items.length * rowPx;
  const heightPx = Math.min(wholePx, highestPx);
  const kept = useKeptRow(list, items, keyOf);
  const places = placesToDraw(windowOf({ count: items.length, rowPx, topPx: top, heightPx }), kept);
  // A list that got shorter has been scrolled back by the browser without an event.
  useEffect(() => {
    if (box.current && wholePx >= 0) setTop(box.current.scrollTop);
  }, [wholePx]);
  return (
    <section
      ref={box}
      aria-label={label}
      // What scrolls must be reachable by keyboard; where there are controls, they are.
      tabIndex={isReadOnly && wholePx > highestPx ? 0 : -1}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      style={{ height: heightPx }}
      className="overflow-y-auto overscroll-contain focus-visible:-outline-offset-2"
    >
      <ul ref={list} style={{ height: wholePx }} className="relative">
        {places.map((place) => {
          const item = items[place] as T;
          return (
            <li
              key={keyOf(item)}
              aria-setsize={items.length}
              aria-posinset={place + 1}
              style={{ height: rowPx, top: place * rowPx }}
              className="absolute inset-x-0 overflow-hidden border-b border-line"
            >
              {children(item)}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/**
 * The place of the row that had the focus last: it stays on the page wherever the list is scrolled to, or the focus would
 * be lost with it. -1 when there is none.
 */
function useKeptRow<T>(
  list: RefObject<HTMLUListElement | null>,
  items: readonly T[],
  keyOf: (item: T) => string,
): number {
  const [kept, setKept] = useState<string>();
  const latest = useRef({ items, keyOf });
  useLayoutEffect(() => {
    latest.current = { items, keyOf };
  });
  useLayoutEffect(() => {
    const { current } = list;
    if (!current) return;
    const keep = (place: number) => {
      const item = latest.current.items[place];
      if (item !== undefined) setKept(latest.current.keyOf(item));
    };
    return roveRows(current, {
      count: () => latest.current.items.length,
      placeOf: (row) => Number(row.getAttribute('aria-posinset')) - 1,
      rowAt: (place) => {
        flushSync(() => keep(place));
        return current.querySelector(`:scope > [aria-posinset="${place + 1}"]`) ?? undefined;
      },
      entered: keep,
    });
  }, [list]);
  return kept === undefined ? -1 : items.findIndex((item) => keyOf(item) === kept);
}
