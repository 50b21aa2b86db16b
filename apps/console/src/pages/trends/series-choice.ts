import type { SeriesListing, SeriesName } from '@dreamnet/contracts';

/** The series the address names; undefined when it names none. */
export function seriesOf({
  kind,
  subject,
  metric,
}: Readonly<Record<string, string>>): SeriesName | undefined {
  if (!subject || !metric) return undefined;
  return { kind: kind === 'score' || kind === 'status' ? kind : 'metric', subject, metric };
}

/** A series as the address names it. */
export function choiceOf({ kind, subject, metric }: SeriesName): Record<string, string> {
  return { kind, subject, metric };
}

/** Names a series among others. */
export function keyOfSeries({ kind, subject, metric }: SeriesName): string {
  return `${kind} ${subject} ${metric}`;
}

/** Those in which every word is found, scores first, then by subject and metric. */
export function findSeries(series: readonly SeriesListing[], text: string): SeriesListing[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return series
    .filter((one) => {
      const whole = keyOfSeries(one).toLowerCase();
      return one.kind !== 'status' && words.every((word) => whole.includes(word));
    })
    .sort((a, b) => rank(a) - rank(b) || (keyOfSeries(a) < keyOfSeries(b) ? -1 : 1));
}

function rank({ kind }: SeriesName): number {
  return kind === 'score' ? 0 : 1;
}

/** Is it a share of one, to be shown in percent? The counts of subsystems are kept among the scores. */
export function isShare({ kind, metric }: SeriesName): boolean {
  return kind === 'score' && metric === 'score';
}
