import type { BudgetMeasure } from '@dreamnet/contracts';

/** An amount of money in millionths of its currency's unit: whole numbers add up exactly. */
export interface Money {
  micros: number;
  currency: string;
}

export const MICROS = 1_000_000;
/** A thousand million of any currency: more is a slip, and sums stay far below what a number holds exactly. */
const MOST_UNITS = 1_000_000_000;

/**
 * Money as people write it: `5 USD`, `0.02 EUR`.
 *
 * @returns Undefined when the text is none. What is finer than a millionth is rounded up: nothing is for free.
 */
export function parseMoney(text: string): Money | undefined {
  const match = /^(\d{1,10}(?:\.\d{1,12})?) ?([A-Z]{3})$/.exec(text);
  const [, amount, currency] = match ?? [];
  if (amount === undefined || currency === undefined || Number(amount) > MOST_UNITS) return undefined;
  const [units = '0', fraction = ''] = amount.split('.');
  const millionths = Number(fraction.slice(0, 6).padEnd(6, '0'));
  const isFiner = /[1-9]/.test(fraction.slice(6));
  return { micros: Number(units) * MICROS + millionths + (isFiner ? 1 : 0), currency };
}

/** Millionths as a text that `parseMoney` reads. */
export function showMoney(micros: number, currency: string): string {
  const units = (Math.abs(micros) / MICROS).toFixed(6).replace(/0{1,4}$/, '');
  return `${micros < 0 ? '-' : ''}${units} ${currency}`;
}

/** An amount of a measure with its unit, for messages. */
export function showAmount(measure: BudgetMeasure, amount: number, currency: string | undefined): string {
  switch (measure) {
    case 'money':
      return showMoney(amount, currency ?? '');
    case 'wallTime':
      return `${amount / 1000} s`;
    default:
      return amount === 1 ? `1 ${measure.slice(0, -1)}` : `${amount} ${measure}`;
  }
}
