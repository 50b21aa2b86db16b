/** What can be pressed in a row. */
const CONTROLS = 'a[href], button, summary, input, select, textarea';
/** Where the arrow keys move the caret or change the choice. */
const TYPED = 'input, select, textarea';
/** Page up and page down go so many rows. */
const PAGE_ROWS = 10;

/** The rows of a list, drawn or not. */
export interface RowSource {
  count: () => number;
  /** The place of a drawn row, from 0. */
  placeOf: (row: Element) => number;
  /** The row at a place from 0; it is drawn by then. Undefined when there is none. */
  rowAt: (place: number) => Element | undefined;
  /** A row got the focus: it stays drawn. */
  entered?: (place: number) => void;
}

/** The rows of a list that is drawn whole; those with nothing to press are passed over. */
export function drawnRows(list: Element): RowSource {
  const rows = () => [...list.children].filter((row) => row.querySelector(CONTROLS) !== null);
  return {
    count: () => rows().length,
    placeOf: (row) => rows().indexOf(row),
    rowAt: (place) => rows()[place],
  };
}

/**
 * Where a key leads from a row.
 *
 * @returns Undefined for every other key, and for an arrow that would leave the list: the page scrolls then, as ever.
 */
export function placeAfter(key: string, place: number, count: number): number | undefined {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return place < last ? place + 1 : undefined;
    case 'ArrowUp':
      return place > 0 ? place - 1 : undefined;
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageDown':
      return Math.min(last, place + PAGE_ROWS);
    case 'PageUp':
      return Math.max(0, place - PAGE_ROWS);
    default:
      return undefined;
  }
}

/**
 * Makes a list one stop of the Tab key: up, down, Home, End and the page keys go from row to row, left and right along
 * the row. The focus stays in the list when what has it is taken from the page.
 *
 * @param list Its children are the rows.
 * @returns Takes it back; when the list went with the focus, its panel has it.
 */
export function roveRows(list: HTMLElement, source: RowSource): () => void {
  let stop: HTMLElement | undefined;
  let row: Element | undefined;
  let place = 0;
  let held: HTMLElement | undefined;
  const mark = () => {
    if (!stop || !list.contains(stop)) stop = firstOf(row?.parentElement === list ? row : list);
    if (row?.parentElement === list) place = source.placeOf(row);
    for (const control of list.querySelectorAll<HTMLElement>(CONTROLS)) {
      const tabIndex = control === stop ? 0 : -1;
      if (control.getAttribute('tabindex') !== String(tabIndex)) control.tabIndex = tabIndex;
    }
  };
  const changed = () => {
    if (held && !held.isConnected) {
      held = undefined;
      const kept = row?.parentElement === list ? firstOf(row) : undefined;
      if (isNowhere()) (kept ?? firstOf(source.rowAt(Math.min(place, source.count() - 1))))?.focus();
    }
    mark();
  };
  const entered = ({ target }: FocusEvent) => {
    row = rowOf(list, target);
    if (!row || !(target instanceof HTMLElement)) return;
    held = target;
    if (target.matches(CONTROLS)) stop = target;
    mark();
    source.entered?.(place);
  };
  const left = ({ target, relatedTarget }: FocusEvent) => {
    if (relatedTarget !== null) held = undefined;
    // Taken from the page it is told of the same way as left for nothing: only afterwards it can be told which it was.
    queueMicrotask(() => {
      if (held === target && held?.isConnected && document.activeElement !== held) held = undefined;
    });
  };
  const pressed = (event: KeyboardEvent) => {
    const next = controlAfter(event, list, source);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const observer = new MutationObserver(changed);
  observer.observe(list, { childList: true, subtree: true });
  list.addEventListener('focusin', entered);
  list.addEventListener('focusout', left);
  list.addEventListener('keydown', pressed);
  mark();
  return () => {
    observer.disconnect();
    list.removeEventListener('focusin', entered);
    list.removeEventListener('focusout', left);
    list.removeEventListener('keydown', pressed);
    if (held) leaveTo(list.closest<HTMLElement>('[aria-labelledby]'));
  };
}

/** What a key leads to; undefined when it is not about rows, or somebody else's. */
function controlAfter(event: KeyboardEvent, list: HTMLElement, source: RowSource): HTMLElement | undefined {
  const { target, key } = event;
  const row = rowOf(list, target);
  // Alt with an arrow goes back in the history.
  const isOthers = event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
  if (isOthers || !row || !(target instanceof HTMLElement) || target.matches(TYPED)) return undefined;
  if (key === 'ArrowRight' || key === 'ArrowLeft') {
    const controls = controlsOf(row);
    return controls[controls.indexOf(target) + (key === 'ArrowRight' ? 1 : -1)];
  }
  const place = placeAfter(key, source.placeOf(row), source.count());
  return place === undefined ? undefined : firstOf(source.rowAt(place));
}

/** The child of the list that something is in. */
function rowOf(list: Element, target: EventTarget | null): Element | undefined {
  let row = target instanceof Element ? target : null;
  while (row && row.parentElement !== list) row = row.parentElement;
  return row ?? undefined;
}

function controlsOf(row: Element): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>(CONTROLS)].filter((control) => control.checkVisibility());
}

function firstOf(row: Element | undefined): HTMLElement | undefined {
  return row && controlsOf(row)[0];
}

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** The list is still on the page when this is called, and gone a moment later. */
function leaveTo(panel: HTMLElement | null): void {
  queueMicrotask(() => {
    if (!panel?.isConnected || !isNowhere()) return;
    panel.tabIndex = -1;
    panel.focus({ preventScroll: true });
  });
}
