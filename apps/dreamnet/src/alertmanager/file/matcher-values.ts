import type { LabelMatcher } from '@dreamnet/contracts';
import { parseMatchers, problemOfMatcher } from '@dreamnet/dreamnet-os-core/alert-delivery';
import { DreamnetError } from '@dreamnet/kit';
import { below, listOf, mapOf, type Reading, refuse, type Spot } from './reading.js';
import { text } from './values.js';

/** `match:` — name: value. */
export const equalities: Reading<readonly LabelMatcher[]> = (spot) =>
  pairs(spot, { isRegex: false, isEqual: true });

/** `match_re:` — name: regular expression. Written with its anchors, as it stands in Alertmanager's group keys. */
export const expressions: Reading<readonly LabelMatcher[]> = (spot) =>
  pairs(spot, { isRegex: true, isEqual: true }).map((one) => ({ ...one, value: `^(?:${one.value})$` }));

/** `matchers:` — a list of texts; each may hold several. */
export const matcherList: Reading<readonly LabelMatcher[]> = (spot) =>
  listOf((item) => checked(item, parsed(item)))(spot)?.flat();

/** Label names, each once. */
export const labelNames: Reading<readonly string[]> = listOf((spot) => {
  const name = text(spot) ?? '';
  return name === '' ? refuse(spot, 'a label name is missing') : name;
});

function pairs(spot: Spot, kind: Pick<LabelMatcher, 'isRegex' | 'isEqual'>): readonly LabelMatcher[] {
  const entries = Object.entries(mapOf(text)(spot) ?? {});
  return entries.flatMap(([name, value]) => checked(below(spot, name), [{ name, value, ...kind }]));
}

function parsed(spot: Spot): readonly LabelMatcher[] {
  try {
    return parseMatchers(text(spot) ?? '');
  } catch (thrown) {
    return refuse(spot, DreamnetError.from(thrown).message);
  }
}

function checked(spot: Spot, matchers: readonly LabelMatcher[]): readonly LabelMatcher[] {
  for (const matcher of matchers) {
    const problem = problemOfMatcher(matcher);
    if (problem !== undefined) refuse(spot, problem);
  }
  return matchers;
}
