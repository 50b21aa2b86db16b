/** A change that a person made, as it is remembered among those that were measured. */
export function byHand(at: number, because: string) {
  return { at, metric: 'by hand', value: null, target: 0, formula: '', because };
}
