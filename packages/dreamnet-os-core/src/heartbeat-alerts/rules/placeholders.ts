import type { LabelSet } from '@dreamnet/contracts';

/** What an annotation may name, besides `labels.NAME`. */
export const PLACEHOLDERS = ['value', 'threshold', 'subsystem', 'domain', 'metric', 'severity'] as const;

/** The values placeholders stand for. */
export interface PlaceholderValues extends Partial<Record<(typeof PLACEHOLDERS)[number], string>> {
  labels: LabelSet;
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
const LABEL = /^labels\.([a-zA-Z_][a-zA-Z0-9_.]*)$/;
/** An annotation is read by people; a value cannot make it endless. */
const LONGEST = 2000;

/** Fills the placeholders of a text; one pass, so a value that looks like a placeholder stays as it is. */
export function fillPlaceholders(text: string, values: PlaceholderValues): string {
  const filled = text.replace(PLACEHOLDER, (_whole, name: string) => valueBehind(name, values));
  return filled.length > LONGEST ? `${filled.slice(0, LONGEST - 1)}…` : filled;
}

/** The first placeholder that stands for nothing; undefined when all are known. */
export function unknownPlaceholder(text: string): string | undefined {
  for (const [, name = ''] of text.matchAll(PLACEHOLDER))
    if (!PLACEHOLDERS.some((known) => known === name) && !LABEL.test(name)) return name;
  return undefined;
}

function valueBehind(name: string, values: PlaceholderValues): string {
  const label = LABEL.exec(name)?.[1];
  if (label !== undefined) return Object.hasOwn(values.labels, label) ? (values.labels[label] ?? '') : '';
  return values[name as (typeof PLACEHOLDERS)[number]] ?? '';
}

/** A number as people read it: at most six significant digits, no exponent for everyday sizes. */
export function showNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
