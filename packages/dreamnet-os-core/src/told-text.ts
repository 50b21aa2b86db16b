import type { Evidence } from '@dreamnet/contracts';
import { cutText, cutValue } from '@dreamnet/kit';

/** As long as the details of a report may be: what an answer, a probe or an exception says is kept up to here, in characters. */
export const LONGEST_TOLD = 4000;

/** All of one piece of evidence, in characters: it stands in alerts, events and records, each of which must stay small. */
const MOST_EVIDENCE = 8000;

/** What somebody said of health, for reasons and summaries. Mask it first: a secret that is cut in two is not found. */
export function cutTold(text: string): string {
  return cutText(text, LONGEST_TOLD);
}

/** The same for what goes with it. */
export function cutEvidence(evidence: Evidence): Evidence {
  return cutValue(evidence, { text: LONGEST_TOLD, total: MOST_EVIDENCE });
}
