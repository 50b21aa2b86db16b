/** State × event → next state. An absent cell is a refused transition. */
export type TransitionTable<S extends string, E extends string> = Readonly<
  Record<S, Readonly<Partial<Record<E, S>>>>
>;

export type StepOutcome<S extends string> =
  | { readonly ok: true; readonly from: S; readonly to: S }
  | { readonly ok: false; readonly from: S; readonly because: string };

/**
 * One step of a state table; pure.
 *
 * @returns The next state, or why the table has no such cell. A refusal is a value, never a throw.
 */
export function step<S extends string, E extends string>(
  table: TransitionTable<S, E>,
  state: S,
  event: E,
): StepOutcome<S> {
  const to = table[state][event];
  return to === undefined
    ? { ok: false, from: state, because: `'${event}' is not possible in state '${state}'` }
    : { ok: true, from: state, to };
}
