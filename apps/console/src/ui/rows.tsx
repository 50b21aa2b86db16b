import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';
import { drawnRows, roveRows } from './row-keys.js';

/** Makes what it is given to a list that is one stop of the Tab key, with the arrow keys within; its children are the rows. */
export function useRowKeys<T extends HTMLElement>(): RefObject<T | null> {
  const list = useRef<T>(null);
  useLayoutEffect(() => {
    const { current } = list;
    return current ? roveRows(current, drawnRows(current)) : undefined;
  }, []);
  return list;
}

/** A list whose rows have something to press. */
export function Rows({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <ul ref={useRowKeys<HTMLUListElement>()} className={className}>
      {children}
    </ul>
  );
}
