import type { InhibitRule } from '@dreamnet/dreamnet-os-core';
import { equalities, expressions, labelNames, matcherList } from './matcher-values.js';
import { listOf, type Reading, section } from './reading.js';
import { text } from './values.js';

const readSection = section({
  name: text,
  source_match: equalities,
  source_match_re: expressions,
  source_matchers: matcherList,
  target_match: equalities,
  target_match_re: expressions,
  target_matchers: matcherList,
  equal: labelNames,
});

const rule: Reading<InhibitRule> = (spot) => {
  const read = readSection(spot) ?? {};
  return {
    ...(read.name !== undefined && read.name !== '' && { name: read.name }),
    sources: [
      [...(read.source_match ?? []), ...(read.source_match_re ?? []), ...(read.source_matchers ?? [])],
    ],
    targets: [...(read.target_match ?? []), ...(read.target_match_re ?? []), ...(read.target_matchers ?? [])],
    equal: read.equal ?? [],
  };
};

/** `inhibit_rules:` */
export const inhibitRules: Reading<readonly InhibitRule[]> = listOf(rule);
