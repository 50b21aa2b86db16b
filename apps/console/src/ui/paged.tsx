import { type ReactNode, useState } from 'react';
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
  return (
    <>
      {children(left > 0 ? items.slice(0, count) : items)}
      {left > 0 && (
        <div className="p-2 text-center">
          <Button onClick={() => setCount(count + size)}>
            Show {Math.min(size, left).toLocaleString('en')} of {left.toLocaleString('en')} more
          </Button>
        </div>
      )}
    </>
  );
}
