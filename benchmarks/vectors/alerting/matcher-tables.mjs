import { matcherText, matchesLabels, parseMatcher, parseMatchers } from '@dreamnet/dreamnet-os-core';
import { accepts, compare, leftOut } from './cases.mjs';
import { goValue, variable } from './go-values.mjs';

const KINDS = {
  MatchEqual: { isRegex: false, isEqual: true },
  MatchNotEqual: { isRegex: false, isEqual: false },
  MatchRegexp: { isRegex: true, isEqual: true },
  MatchNotRegexp: { isRegex: true, isEqual: false },
};

/** What was wanted is Go code that the tables hold as `{"$func": true}`; that it is accepted is what is left. */
export const matcherTables = {
  'pkg_labels_parse.json': {
    TestMatchers: (rows) =>
      variable(rows, 'range').map(({ input, err }) =>
        compare(
          input,
          err === undefined,
          accepts(() => parseMatchers(input, 'classic')),
        ),
      ),
  },
  'matcher_compliance_compliance.json': {
    TestCompliance: (rows) =>
      variable(rows, 'range').map(({ input, err, skip }) => {
        // Where the table says skip, Alertmanager's own UTF-8 parser does otherwise than the classic one.
        if (skip) return leftOut(input, 'Alertmanager skips it: its two parsers disagree');
        const both = ['utf8', 'fallback'].map((syntax) => accepts(() => parseMatchers(input, syntax)));
        return compare(input, [err === undefined, err === undefined], both);
      }),
  },
  'matcher_parse_parse.json': {
    TestMatchers: () => [leftOut('all', 'the table was cut wrongly: it holds an error instead of cases')],
    TestMatcher: () => [leftOut('all', 'the table was cut wrongly: it holds an error instead of cases')],
  },
  'pkg_labels_matcher.json': {
    TestMatcher: (rows) => variable(rows, 'tests').map(matchCase),
    TestMatcherString: (rows) =>
      variable(rows, 'tests').map(({ name, op, value, want }) =>
        compare(want, want, matcherText({ name, value, ...KINDS[op.$id] })),
      ),
    TestMatcherJSONMarshal: (rows) =>
      variable(rows, 'tests').map(({ name, op, value, want }) =>
        compare(want, want, JSON.stringify(parseMatcher(matcherText({ name, value, ...KINDS[op.$id] })))),
      ),
    TestMatcherJSONUnmarshal: (rows) =>
      variable(rows, 'tests').map(({ want }) =>
        leftOut(want, 'silences are read by the HTTP interface; its own tests read them without isEqual'),
      ),
  },
};

function matchCase({ matcher, value, match }) {
  const [, kind, pattern] = goValue(matcher).map((one) => one.what ?? one);
  const matches = matchesLabels([{ name: 'label', value: pattern, ...KINDS[kind] }], { label: value });
  return compare(`${kind} ${pattern}`, match, matches);
}
