/** The operators of a threshold, each with its test. Nothing holds for NaN: it is no value. */
const OPERATORS = {
  '>': (value: number, threshold: number) => value > threshold,
  '>=': (value: number, threshold: number) => value >= threshold,
  '<': (value: number, threshold: number) => value < threshold,
  '<=': (value: number, threshold: number) => value <= threshold,
  '==': (value: number, threshold: number) => value === threshold,
  '!=': (value: number, threshold: number) => value !== threshold && !Number.isNaN(value),
} as const;

/** A value against a threshold. */
export interface Comparison {
  operator: keyof typeof OPERATORS;
  threshold: number;
}

/**
 * Reads `> 100`, `<= 0.5`, `== 0`.
 *
 * @returns undefined when the text is none.
 */
export function parseComparison(text: string): Comparison | undefined {
  const match = /^\s*(>=|<=|==|!=|>|<)\s*(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$/.exec(text);
  const threshold = Number(match?.[2]);
  if (match?.[1] === undefined || !Number.isFinite(threshold)) return undefined;
  return { operator: match[1] as Comparison['operator'], threshold };
}

/** Does it hold for the value? */
export function holds({ operator, threshold }: Comparison, value: number): boolean {
  return OPERATORS[operator](value, threshold);
}

/** As a person reads it after the value: `above 100`. */
export function comparisonWords({ operator, threshold }: Comparison): string {
  return `${WORDS[operator]} ${threshold}`;
}

const WORDS: Readonly<Record<Comparison['operator'], string>> = {
  '>': 'above',
  '>=': 'at or above',
  '<': 'below',
  '<=': 'at or below',
  '==': 'exactly',
  '!=': 'other than',
};
