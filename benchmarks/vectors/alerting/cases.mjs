// What became of one case of a table: it came out as there, it differed, or it does not apply and why.
export const same = (name) => ({ name, outcome: 'same' });
export const differs = (name, expected, actual) => ({ name, outcome: 'differs', expected, actual });
export const leftOut = (name, reason) => ({ name, outcome: 'left-out', reason });

export function compare(name, expected, actual) {
  const isSame = JSON.stringify(expected) === JSON.stringify(actual);
  return isSame ? same(name) : differs(name, JSON.stringify(expected), JSON.stringify(actual));
}

/** Whether something is accepted; the words of a refusal are each program's own. */
export function accepts(call) {
  try {
    call();
    return true;
  } catch (error) {
    if (!error.code?.startsWith('DN_')) throw error;
    return false;
  }
}
