import type { Alert, Domain, MetricAnomaly, MetricSample, RuleView, TimerHandle } from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import type { AlertRule, RuleSubject } from './alert-rule.js';
import { absenceCases, absenceSubject, lookForAbsence, resumeAbsences, silencesOf } from './rule-absence.js';
import { createRuleCases, type RuleCase } from './rule-cases.js';
import { createRuleJudge } from './rule-judge.js';
import { casesOn, domainSubject, type Parts, type RuleBookOptions, subjectOf } from './rule-parts.js';
import { endUnwatched, saysNothingYet } from './rule-start.js';
import { type CompiledRule, compileRule } from './rule-subjects.js';
import { lookAtTrends } from './rule-trends.js';
import { judgeAnomaly, judgeHealth, judgeValue, scoreField } from './rule-triggers.js';
import { adopt, viewRules } from './rule-views.js';
import { createSampleIndex } from './sample-index.js';

/** People's own alert rules, judged as what they look at changes. */
export interface RuleBook {
  /** Puts other rules in force; what a rule that stays has found so far stands. Alerts of rules that are gone end. */
  set(rules: readonly AlertRule[]): void;
  rules(): readonly RuleView[];
  /** Looks at the subsystem anew: it is watched, or watched as something else. */
  look(name: string): void;
  /** It is not watched any more: its rules' alerts end. */
  forget(name: string): void;
  /** The alert of the fingerprint is about to be told: it as of now; undefined when it is not of a rule that holds. */
  refresh(fingerprint: string): Alert | undefined;
  /** Looks at everything that does not come by itself: health, scores, silence. */
  evaluate(): void;
  start(): void;
  stop(): void;
}

/** Scores change with every report: they are looked at once for all changes within this time. */
const SCORE_LOOK_MS = 20;
const TREND_LOOK_MS = 60_000;

/** A book without rules: it costs nothing until it has some. */
export function createRuleBook(options: RuleBookOptions): RuleBook {
  const { clock } = options;
  const cases = createRuleCases(
    () => clock.monotonic(),
    (fingerprint) => options.heard?.take(fingerprint),
  );
  const judge = createRuleJudge(options, (one) => lookForAbsence(parts, one));
  const none = { casesOf: () => [], forget: () => undefined };
  const parts: Parts = {
    ...options,
    cases,
    judge,
    rules: [],
    startedMs: Number.NEGATIVE_INFINITY,
    metrics: none,
    anomalies: none,
    health: new Map(),
    has: new Set(),
  };
  options.heard?.addSource(() => silencesOf(parts));
  const rounds = createRounds(parts);
  const ears = createEars(parts, rounds.scoresChanged);
  return {
    set: (rules) => {
      install(parts, rules);
      ears.listen();
      rounds.look();
    },
    rules: () => viewRules(parts),
    look: (name) => lookAnew(parts, name),
    forget: (name) => {
      forgetIndexes(parts, name);
      options.heard?.forget(name);
      for (const one of cases.takeOf(name)) judge.end(one);
    },
    refresh: (fingerprint) => {
      const one = cases.get(fingerprint);
      return one && judge.refresh(one);
    },
    evaluate: () => {
      rounds.look();
      endUnwatched(parts);
    },
    start: () => {
      parts.startedMs = clock.monotonic();
      for (const one of cases.all()) takeUp(parts, one);
      judge.start();
      adopt(parts);
      rounds.start();
    },
    stop: () => {
      rounds.stop();
      judge.stop();
    },
  };
}

/** Listens to the engine only as far as the rules need it: what nobody asks for costs nothing. */
function createEars(parts: Parts, scoresChanged: () => void) {
  const { engine } = parts;
  const endings: (() => void)[] = [];
  const isWanted = (...kinds: AlertRule['trigger']['on'][]): boolean =>
    kinds.some((kind) => parts.has.has(kind));
  return {
    listen: (): void => {
      for (const end of endings.splice(0)) end();
      if (isWanted('status', 'axis', 'score'))
        endings.push(
          engine.onChange(({ after }) => {
            lookAtHealth(parts, after.name);
            scoresChanged();
          }),
        );
      if (isWanted('metric', 'absence', 'score'))
        endings.push(
          engine.onSample((sample) => {
            takeSample(parts, sample);
            scoresChanged();
          }),
        );
      if (isWanted('anomaly') && parts.onAnomaly)
        endings.push(parts.onAnomaly((anomaly) => takeAnomaly(parts, anomaly)));
    },
  };
}

/** What is looked at by time and not by change. */
function createRounds(parts: Parts) {
  const { clock } = parts;
  let isRunning = false;
  let scoreTimer: TimerHandle | undefined;
  let trendTimer: TimerHandle | undefined;
  const armTrends = (): void => {
    trendTimer = clock.setTimeout(() => {
      lookAtTrends(parts);
      armTrends();
    }, TREND_LOOK_MS);
  };
  const look = (): void => {
    for (const name of parts.engine.names()) lookAnew(parts, name);
    lookAtScores(parts);
  };
  return {
    look,
    scoresChanged: (): void => {
      if (!isRunning || scoreTimer !== undefined || !parts.has.has('score')) return;
      scoreTimer = clock.setTimeout(() => {
        scoreTimer = undefined;
        lookAtScores(parts);
      }, SCORE_LOOK_MS);
    },
    start: (): void => {
      if (isRunning) return;
      isRunning = true;
      look();
      armTrends();
    },
    stop: (): void => {
      isRunning = false;
      for (const timer of [scoreTimer, trendTimer]) if (timer !== undefined) clock.clearTimeout(timer);
      scoreTimer = undefined;
      trendTimer = undefined;
    },
  };
}

function install(parts: Parts, rules: readonly AlertRule[]): void {
  const before = new Map(parts.rules.map((compiled) => [compiled.key, compiled]));
  parts.rules = rules.map((rule) => {
    const compiled = compileRule(rule, parts.labelTest);
    return before.get(compiled.key) ?? compiled;
  });
  const kept = new Set(parts.rules);
  for (const one of parts.cases.take(({ compiled }) => !kept.has(compiled))) parts.judge.end(one);
  const on = (...kinds: AlertRule['trigger']['on'][]): CompiledRule[] =>
    parts.rules.filter(({ rule }) => kinds.includes(rule.trigger.on));
  const finders = {
    domainOf: (name: string) => parts.engine.read(name)?.domain,
    caseOf: (compiled: CompiledRule, subject: RuleSubject) =>
      parts.cases.of(compiled, absenceSubject(compiled, subject)),
  };
  const isOfMetric = ({ rule }: CompiledRule): boolean =>
    'metric' in rule.trigger && rule.trigger.metric !== undefined;
  parts.metrics = createSampleIndex(on('metric', 'absence').filter(isOfMetric), finders);
  parts.anomalies = createSampleIndex(on('anomaly'), finders);
  parts.health.clear();
  parts.has = new Set(rules.map(({ trigger }) => trigger.on));
}

/** A case made before what earlier lives left was read. */
function takeUp({ heard, clock }: Parts, one: RuleCase): void {
  const silentMs = heard?.take(one.fingerprint);
  if (silentMs !== undefined && !one.isJudged) one.heardMs = clock.monotonic() - silentMs;
}

function takeSample(parts: Parts, { subsystem, metric, value }: MetricSample): void {
  for (const one of parts.metrics.casesOf(subsystem, metric)) {
    const { trigger } = one.compiled.rule;
    parts.judge.judge(one, judgeValue(trigger, value));
    if (trigger.on !== 'absence') continue;
    one.heardMs = one.judgedMs;
    parts.judge.wake(one, trigger.afterMs);
  }
}

function takeAnomaly({ anomalies, judge }: Parts, anomaly: MetricAnomaly): void {
  for (const one of anomalies.casesOf(anomaly.subsystem, anomaly.metric))
    judge.judge(one, judgeAnomaly(one.compiled.rule.trigger, anomaly));
}

function lookAnew(parts: Parts, name: string): void {
  forgetIndexes(parts, name);
  lookAtHealth(parts, name);
  lookAtValues(parts, name);
  resumeAbsences(parts, name);
  for (const one of absenceCases(parts, name)) lookForAbsence(parts, one);
}

/** What came before a rule was there is judged by it, too; what has been judged is not judged again. */
function lookAtValues({ has, engine, metrics, judge }: Parts, name: string): void {
  if (!has.has('metric')) return;
  for (const { metric, value } of engine.freshSamples(name))
    for (const one of metrics.casesOf(name, metric)) {
      const { trigger } = one.compiled.rule;
      if (trigger.on === 'metric' && one.isTrue === undefined) judge.judge(one, judgeValue(trigger, value));
    }
}

function forgetIndexes({ metrics, anomalies, health }: Parts, name: string): void {
  metrics.forget(name);
  anomalies.forget(name);
  health.delete(name);
}

function lookAtHealth(parts: Parts, name: string): void {
  const state = parts.engine.read(name);
  if (state === undefined) return;
  let found = parts.health.get(name);
  if (found === undefined) {
    found = casesOn(parts, ['status', 'axis'], subjectOf(parts, name));
    parts.health.set(name, found);
  }
  for (const one of found) {
    const finding = judgeHealth(one.compiled.rule.trigger, state);
    if (finding !== undefined || one.isJudged || !saysNothingYet(parts, one, state))
      parts.judge.judge(one, finding);
  }
}

function lookAtScores(parts: Parts): void {
  if (!parts.has.has('score')) return;
  const { engine } = parts;
  const scores = engine.scores();
  for (const domain of Object.keys(DOMAIN_FACTORS) as Domain[]) {
    const score = scores[scoreField(domain)];
    // By convention a domain without data scores 0.5: that is no finding.
    const isKnown = score !== 0.5 || engine.explain(domain).confidence > 0;
    for (const one of casesOn(parts, ['score'], domainSubject(domain)))
      if (isKnown || one.isJudged)
        parts.judge.judge(one, isKnown ? judgeValue(one.compiled.rule.trigger, score) : undefined);
  }
}

export type { RuleBookOptions } from './rule-parts.js';
