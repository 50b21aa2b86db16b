import { matchesLabels, parseMatcher } from '@dreamnet/dreamnet-os-core';
import { accepts, compare, leftOut } from './cases.mjs';
import { goValue, Unknown, variable } from './go-values.mjs';
import { smallDelivery } from './small-delivery.mjs';

const NOW = 1_700_000_000_000;
const KINDS = {
  'pb.Matcher_EQUAL': { isRegex: false, isEqual: true },
  'pb.Matcher_NOT_EQUAL': { isRegex: false, isEqual: false },
  'pb.Matcher_REGEXP': { isRegex: true, isEqual: true },
  'pb.Matcher_NOT_REGEXP': { isRegex: true, isEqual: false },
};
const BY = { createdBy: 'table', comment: 'table' };
const elsewhere = (reason) => () => [leftOut('all', reason)];

/** Silences of several matcher sets, their gossip and their protobuf files are Alertmanager's own. */
export const silenceTables = {
  'silence_silence.json': {
    TestSilenceCanUpdate: (rows) => inTurn(variable(rows, 'cases'), changeCase),
    TestQState: (rows) => inTurn(variable(rows, 'cases'), stateCase),
    TestQMatches: (rows) => inTurn(variable(rows, 'cases'), matchCase),
    TestSilencesSetFail: (rows) => inTurn(variable(rows, 'cases'), failCase),
    TestValidateSilence: (rows) => inTurn(variable(rows, 'cases'), validCase),
    TestValidateClassicMatcher: (rows) => variable(rows, 'cases').map((one) => matcherCase(one, 'classic')),
    TestValidateUTF8Matcher: (rows) => variable(rows, 'cases').map((one) => matcherCase(one, 'utf8')),
    TestOptionsValidate: elsewhere("options of Alertmanager's snapshot file"),
    TestSilenceGCOverTime: elsewhere('holds no expectation, only the silence used'),
    TestSilencesSnapshot: elsewhere("the format of Alertmanager's snapshot file"),
    TestSilenceSet: elsewhere('holds no expectation, only a matcher used'),
    TestSilenceLimits: elsewhere('holds no expectation, only a matcher used'),
    TestStateUnmarshalling: elsewhere("the format of Alertmanager's gossip"),
    TestQSince: elsewhere('an index of versions that Alertmanager keeps for its caches'),
    TestSilencesQuery: elsewhere('its filters are Go functions'),
    TestStateMerge: elsewhere('the merging of two members of a cluster'),
    TestStateCoding: elsewhere("the format of Alertmanager's snapshot file"),
  },
};

async function inTurn(cases, judge) {
  const outcomes = [];
  for (const [at, one] of cases.entries()) outcomes.push(await judge(one, at));
  return outcomes;
}

/** The silence is made while it may be, then the clock is moved to the table's now. */
async function changeCase({ a, b, ok }, at) {
  const first = goValue(a, NOW);
  const second = goValue(b, NOW);
  const made = Math.min(first.StartsAt, NOW);
  const { clock, delivery } = smallDelivery(made);
  const matchers = [{ name: 'a', value: 'b', isRegex: false, isEqual: true }];
  const known = await delivery.silences.set({
    ...{ matchers, ...BY },
    startsAt: first.StartsAt,
    endsAt: first.EndsAt,
  });
  clock.jump(NOW - made);
  const draft = { id: known.id, matchers, ...BY, startsAt: second.StartsAt, endsAt: second.EndsAt };
  const changed = await delivery.silences.set(draft).catch(() => undefined);
  return compare(`case ${at + 1}`, ok, changed?.id === known.id);
}

async function stateCase({ sil, states, keep }, at) {
  const { delivery } = smallDelivery(NOW);
  const { StartsAt, EndsAt } = goValue(sil, NOW);
  const names = states.map(({ $id }) => $id.replace('SilenceState', '').toLowerCase());
  const state = delivery.silences.stateOf({ startsAt: StartsAt, endsAt: EndsAt });
  return compare(`case ${at + 1}`, keep, names.includes(state));
}

/** The Go test asks with these labels; some of its silences nobody could set, so the matchers are asked themselves. */
function matchCase({ sil, drop }, at) {
  const sets = sil.MatcherSets;
  if (sets.length > 1) return leftOut(`case ${at + 1}`, 'a silence has one set of matchers here');
  const labels = { job: 'test', instance: 'web-1', path: '/user/profile', method: 'GET' };
  return compare(`case ${at + 1}`, drop, matchesLabels(sets[0].Matchers.map(matcherOf), labels));
}

async function failCase({ s, err }) {
  const { Id = '', MatcherSets, EndsAt } = goValue(s, NOW);
  const { delivery } = smallDelivery(NOW);
  const matchers = (MatcherSets?.[0].Matchers ?? []).map(matcherOf);
  const draft = { ...(Id && { id: Id }), matchers, ...BY, startsAt: NOW, endsAt: EndsAt ?? Number.NaN };
  const code = await delivery.silences.set(draft).then(
    () => 'accepted',
    (error) => error.code,
  );
  const wanted = typeof err === 'string' ? 'DN_CORE_SILENCE_INVALID' : 'DN_CORE_SILENCE_UNKNOWN';
  return compare(JSON.stringify(err), wanted, code);
}

async function validCase({ s, err }, at) {
  if (s.Matchers) return leftOut(`case ${at + 1}`, 'its name is wrong only in the classic syntax');
  const { StartsAt, EndsAt, MatcherSets } = goValue(s, NOW);
  const { delivery } = smallDelivery(NOW);
  // The table's valid time is one time for start and end; a silence of no length is refused at the API there, too.
  const startsAt = StartsAt instanceof Unknown ? NOW : StartsAt;
  const endsAt = EndsAt instanceof Unknown ? NOW + 1 : EndsAt;
  const draft = { matchers: MatcherSets[0].Matchers.map(matcherOf), ...BY, startsAt, endsAt };
  const isValid = await delivery.silences.set(draft).then(
    () => true,
    () => false,
  );
  return compare(`case ${at + 1}`, err === '', isValid);
}

function matcherCase({ m, err }, syntax) {
  const kind = KINDS[m.Type?.$id];
  const name = `${m.Name} ${m.Pattern}`;
  if (!kind) return leftOut(name, 'a number for the kind of a matcher stands in protobuf only');
  const operator = `${kind.isEqual ? '=' : '!'}${kind.isRegex ? '~' : kind.isEqual ? '' : '='}`;
  const text = `${m.Name}${operator}"${m.Pattern}"`;
  return compare(
    name,
    err === '',
    accepts(() => parseMatcher(text, syntax)),
  );
}

function matcherOf({ Name, Pattern, Type }) {
  return { name: Name, value: Pattern, ...(KINDS[Type?.$id ?? Type?.what] ?? KINDS['pb.Matcher_EQUAL']) };
}
