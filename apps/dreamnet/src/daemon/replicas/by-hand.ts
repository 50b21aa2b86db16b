/** A change that a person made, as it is remembered among those that were measured. */
export function byHand(at: number, because: string) {
  return { at, metric: 'by hand', value: null, target: 0, formula: '', because };
}

/** A change that the fleet file made. @param declared What it says of the number, in words. */
export function byFile(declared: string) {
  const because = `the fleet file says ${declared}`;
  return { metric: 'fleet file', value: null, target: 0, formula: '', because };
}
