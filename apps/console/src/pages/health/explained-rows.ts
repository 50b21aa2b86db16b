import type { HealthExplanation, HealthTerm } from '@dreamnet/contracts';

/** A factor of a score with its terms added up. `share` is what it could add to the score at most. */
export interface FactorRow {
  kind: 'factor';
  factor: string;
  contribution: number;
  share: number;
  loss: number;
  terms: number;
}

/** One line of an explanation. */
export type ExplainedRow =
  | FactorRow
  | { kind: 'term'; term: HealthTerm; share: number }
  | { kind: 'missing'; factor: string };

/** Every term of a score under its factor, what costs most first; factors without data stand at the end. */
export function explainedRows({ terms, missingFactors }: HealthExplanation): ExplainedRow[] {
  const byFactor = new Map<string, HealthTerm[]>();
  for (const term of terms) {
    const known = byFactor.get(term.factor);
    if (known) known.push(term);
    else byFactor.set(term.factor, [term]);
  }
  const factors = [...byFactor].map(([factor, own]) => ({ row: factorRow(factor, own), own }));
  factors.sort((a, b) => b.row.loss - a.row.loss || b.row.contribution - a.row.contribution);
  return [
    ...factors.flatMap(({ row, own }) => [row, ...own.sort(costliestFirst).map(termRow)]),
    ...missingFactors.map((factor) => ({ kind: 'missing' as const, factor })),
  ];
}

function factorRow(factor: string, terms: readonly HealthTerm[]): FactorRow {
  const contribution = terms.reduce((sum, term) => sum + term.contribution, 0);
  const loss = terms.reduce((sum, term) => sum + term.loss, 0);
  return { kind: 'factor', factor, contribution, loss, share: contribution + loss, terms: terms.length };
}

function termRow(term: HealthTerm): ExplainedRow {
  return { kind: 'term', term, share: term.contribution + term.loss };
}

function costliestFirst(a: HealthTerm, b: HealthTerm): number {
  return b.loss - a.loss || b.contribution - a.contribution || a.source.localeCompare(b.source);
}
