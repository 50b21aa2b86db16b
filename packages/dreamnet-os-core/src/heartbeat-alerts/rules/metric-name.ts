import type { LabelSet } from '@dreamnet/contracts';

/** A metric's name in its parts: `http.errors{route="/pay"}` is `http.errors` with one label. */
export interface MetricName {
  base: string;
  labels: LabelSet;
}

/** Takes a metric's name apart; braces that hold no labels leave the name as it is. */
export function parseMetricName(metric: string): MetricName {
  const brace = metric.indexOf('{');
  if (brace <= 0 || !metric.endsWith('}')) return { base: metric, labels: {} };
  const labels = parseLabels(metric.slice(brace + 1, -1));
  return labels === undefined ? { base: metric, labels: {} } : { base: metric.slice(0, brace), labels };
}

function parseLabels(text: string): LabelSet | undefined {
  const labels: [string, string][] = [];
  const pair = /\s*([a-zA-Z_][a-zA-Z0-9_.]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|$)/y;
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text);
    if (match?.[1] === undefined) return undefined;
    labels.push([match[1], plain(match[2] ?? '')]);
  }
  return Object.fromEntries(labels);
}

function plain(text: string): string {
  return text.replace(/\\(.)/g, (_whole, character: string) => (character === 'n' ? '\n' : character));
}

/**
 * A test for names: `*` stands for any text, everything else for itself.
 *
 * @returns The test of the whole name.
 */
export function globTest(pattern: string): (name: string) => boolean {
  if (!pattern.includes('*')) return (name) => name === pattern;
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1);
  // Piece by piece from the left: no regular expression, so no pattern can make a long name slow.
  return (name) => {
    if (name.length < first.length + last.length) return false;
    if (!name.startsWith(first) || !name.endsWith(last)) return false;
    let from = first.length;
    for (const piece of middle) {
      const at = name.indexOf(piece, from);
      if (at < 0) return false;
      from = at + piece.length;
    }
    return from <= name.length - last.length;
  };
}
