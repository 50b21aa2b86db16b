/** A command that did not succeed, by what was pressed. */
export interface ToldRefusal {
  what: string;
  error: Error;
}

/** Of the whole page, oldest first: what was pressed may be gone, or mean something else, by the time it is read. */
let refusals: readonly ToldRefusal[] = [];
const listeners = new Set<() => void>();

function become(next: readonly ToldRefusal[]): void {
  refusals = next;
  for (const tell of listeners) tell();
}

/** Keeps a refusal until it is put away or the same is asked again, which `forgetRefusal` is called for. */
export function tellRefusal(what: string, error: Error): void {
  become([...refusals.filter((known) => known.what !== what), { what, error }]);
}

/** Puts away what was told of a command; nothing when there is none. */
export function forgetRefusal(what: string): void {
  if (refusals.some((known) => known.what === what)) become(refusals.filter((known) => known.what !== what));
}

/** The refusals not put away yet, the same list until one comes or goes. */
export function refusalsNow(): readonly ToldRefusal[] {
  return refusals;
}

/** Tells of every change. @returns Ends it. */
export function subscribeRefusals(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
