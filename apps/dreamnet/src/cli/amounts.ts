import type { Spending } from '@dreamnet/contracts';
import { parseCount, parseDuration } from '../config/quantities.js';
import { programError } from '../errors.js';

/** Amounts as they are typed: `tokens=2M`, `money=5USD`, `calls=100`, `wallTime=1h`. @throws DN_CLI_USAGE */
export function readAmounts(words: readonly string[]): Spending {
  const amounts: Spending = {};
  for (const word of words) {
    const at = word.indexOf('=');
    readOne(amounts, word.slice(0, Math.max(0, at)).trim(), word.slice(at + 1).trim());
  }
  return amounts;
}

function readOne(amounts: Spending, measure: string, text: string): void {
  const refuse = (expected: string) =>
    programError('DN_CLI_USAGE', { why: `'${measure}=${text}': expected ${expected}` });
  switch (measure) {
    case 'tokens':
    case 'calls':
      amounts[measure] = parseCount(text);
      if (amounts[measure] === undefined) throw refuse('a number such as 250k');
      return;
    case 'money': {
      // Only its form: what it means is for the daemon to say.
      if (!/^\d+(\.\d+)? ?[A-Z]{3}$/.test(text)) throw refuse('an amount and a currency, such as 5USD');
      amounts.money = text;
      return;
    }
    case 'wallTime':
      amounts.wallTime = parseDuration(text);
      if (amounts.wallTime === undefined) throw refuse('a duration such as 1h');
      return;
    default:
      throw programError('DN_CLI_USAGE', {
        why: `'${measure}=${text}': expected tokens=, money=, calls= or wallTime=`,
      });
  }
}
