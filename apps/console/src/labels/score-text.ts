import type { HealthExplanation } from '@dreamnet/contracts';

/** What costs less is not told: it would read as nothing. */
const TELLING_LOSS = 0.01;

/** What pulls a score down most, in points of a hundred, or what the score rests on when nothing does. */
export function scoreNote(explanation: HealthExplanation | undefined): string {
  if (!explanation || explanation.confidence === 0) return 'no data yet';
  const { terms, factors = [], confidence } = explanation;
  const worst = worstOf(terms);
  if (worst) return `−${points(worst.loss)} ${worst.source}: ${worst.reason}`;
  // Among many subsystems none costs much by itself; then the factor says where to look.
  const factor = worstOf(factors);
  if (factor) return `−${points(factor.loss)} ${factor.factor}, over many`;
  const percent = Math.round(confidence * 100);
  return percent === 100 ? 'all factors measured' : `confidence ${percent} %`;
}

function worstOf<T extends { loss: number }>(all: readonly T[]): T | undefined {
  const [worst] = [...all].sort((a, b) => b.loss - a.loss);
  return worst && worst.loss >= TELLING_LOSS ? worst : undefined;
}

function points(loss: number): number {
  return Math.round(loss * 100);
}
