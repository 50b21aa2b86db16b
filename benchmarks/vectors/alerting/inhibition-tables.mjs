import { compare, leftOut } from './cases.mjs';
import { goValue, variable } from './go-values.mjs';
import { smallDelivery } from './small-delivery.mjs';

const NOW = 1_700_000_000_000;
const is = (name, value, isEqual = true) => ({ name, value, isRegex: false, isEqual });
/** The two sources that the Go tests make before their cases. */
const SOURCES = [
  { s1: '1', t1: '2', e: '1' },
  { s2: '1', t2: '1', e: '1' },
];
const SECOND_RULE = { sources: [[is('s2', '1')]], targets: [is('t2', '1')], equal: ['e'] };

export const inhibitionTables = {
  'inhibit_inhibit.json': {
    TestInhibitRuleMatches: (rows) =>
      targetCases(rows, [
        { sources: [[is('s1', '1')]], targets: [is('t1', '1')], equal: ['e'] },
        SECOND_RULE,
      ]),
    TestInhibitRuleMatchers: (rows) =>
      targetCases(rows, [
        { sources: [[is('s1', '1')]], targets: [is('t1', '1', false)], equal: ['e'] },
        SECOND_RULE,
      ]),
    TestInhibit: (rows) => variable(rows, 'range').map(sequenceCase),
    TestInhibitRuleHasEqual: (rows) => variable(rows, 'cases').map(equalCase),
    BenchmarkFingerprintEquals: () => [leftOut('all', 'a benchmark: numbers of labels, nothing to come out')],
  },
};

function targetCases(rows, inhibitRules) {
  return variable(rows, 'cases').map(({ target, expected }) => {
    const { delivery } = smallDelivery(NOW, { inhibitRules });
    const labels = goValue(target);
    // The source stands on its own here: as a target it is a different alert of the same kind.
    delivery.post([...SOURCES.map((one) => ({ labels: { ...one, source: 'yes' } })), { labels }]);
    return compare(JSON.stringify(labels), expected, isInhibited(delivery, labels));
  });
}

/** alertOne is a target, alertTwo a source that may have ended already. */
function sequenceCase({ alerts, expected }, at) {
  const { delivery } = smallDelivery(NOW, {
    inhibitRules: [{ sources: [[is('s', '1')]], targets: [is('t', '1')], equal: ['e'] }],
  });
  for (const { $call, args } of alerts) {
    const times = args[0] ? { startsAt: NOW - 60_000, endsAt: NOW - 1000 } : { startsAt: NOW - 60_000 };
    delivery.post([{ labels: { [$call === 'alertOne' ? 't' : 's']: '1', e: 'f' }, ...times }]);
  }
  const got = expected.map(({ lbls }) => isInhibited(delivery, goValue(lbls)));
  const wanted = expected.map(({ muted }) => muted);
  return compare(`sequence ${at + 1}`, wanted, got);
}

function equalCase({ name, initial, equal, input, result }) {
  const sources = Object.values(initial).map((one) => goValue(one, NOW));
  if (sources.some((one) => Array.isArray(one))) return leftOut(name, 'its source was cut from the table');
  const { delivery } = smallDelivery(NOW, {
    inhibitRules: [
      { sources: [[is('c', '', false)]], targets: [is('target', 'yes')], equal: goValue(equal) },
    ],
  });
  delivery.post(sources.map(({ Alert }) => ({ labels: Alert.Labels })));
  const labels = { ...goValue(input), target: 'yes' };
  delivery.post([{ labels }]);
  return compare(name, result, isInhibited(delivery, labels));
}

function isInhibited(delivery, labels) {
  const matchers = Object.entries(labels).map(([name, value]) => is(name, value));
  const found = delivery
    .alerts({ matchers })
    .find((one) => Object.keys(one.labels).length === Object.keys(labels).length);
  return (found?.status.inhibitedBy.length ?? 0) > 0;
}
