import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from './button.js';

interface PagedProps<T> {
  items: readonly T[];
  /** So many are shown at first, and so many more each time. */
  size: number;
  children: (shown: readonly T[]) => ReactNode;
}

/** The first of many, and a button for more: a page over a very large fleet must stay quick. */
export function Paged<T>({ items, size, children }: PagedProps<T>) {
  const [count, setCount] = useState(size);
  const left = items.length - count;
  const box = useRef<HTMLDivElement>(null);
  const [newFrom, setNewFrom] = useState<number>();
  // The button has gone with the last of them: whoever pressed it goes on with the first row it has shown.
  useEffect(() => {
    if (newFrom === undefined || document.activeElement !== document.body) return;
    const row = box.current?.querySelector('ul, tbody')?.children[newFrom];
    (row?.querySelector<HTMLElement>('a, button') ?? box.current)?.focus();
  }, [newFrom]);
  return (
    <div ref={box} tabIndex={-1} className="focus-visible:-outline-offset-2">
      {children(left > 0 ? items.slice(0, count) : items)}
      {left > 0 && (
        <div className="p-2 text-center">
          <Button
            onClick={() => {
              setCount(count + size);
              setNewFrom(count);
            }}
          >
            Show {Math.min(size, left).toLocaleString('en')} of {left.toLocaleString('en')} more
          </Button>
        </div>
      )}
    </div>
  );
}
