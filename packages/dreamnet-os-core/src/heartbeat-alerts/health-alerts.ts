import type { Clock, Domain, TimerHandle } from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import type { AlertBook, HealthEngine, SubsystemHealth } from '../boundary.js';
import { hasDomain } from './domains.js';
import { ALERTING_RULES, conditionOf, disprovedBy, healthFingerprint, isUnheard } from './health-rules.js';

export interface HealthAlertsOptions {
  clock: Clock;
  engine: HealthEngine;
  book: AlertBook;
  /** A domain's score below this raises an alert. Default 0.5. */
  scoreThreshold?: number;
  /** ... when it stays there this long: a restart must not look like a failing domain. Default 30 000 ms. */
  scoreForMs?: number;
  /** How often scores are looked at after `start()`. Default 10 000 ms. */
  everyMs?: number;
  /** Will a subsystem of this name, or one of this domain, be watched soon? Its alerts wait for that. Default: none will. */
  isAwaited?: ((nameOrDomain: string) => boolean) | undefined;
}

/** Turns health into alerts. */
export interface HealthAlerts {
  /** Looks at every subsystem and every score now; also ends alerts of subsystems that are no longer there. */
  evaluate(): void;
  /** Ends the alerts of a subsystem that is not watched any more. */
  forget(name: string): void;
  start(): void;
  stop(): void;
}

/**
 * Raises and clears the built-in alerts: at most one open health alert per subsystem, following its status rule, and
 * one per domain whose score is low. Listens to the engine from the moment it is made.
 */
export function createHealthAlerts(options: HealthAlertsOptions): HealthAlerts {
  const { clock, engine, book } = options;
  const everyMs = options.everyMs ?? 10_000;
  let timer: TimerHandle | undefined;
  /** Subsystems by name and scores by fingerprint: what was known of since our start. */
  const judged = new Set<string>();
  const evaluate = (): void => {
    for (const name of engine.names()) {
      const health = engine.read(name);
      if (health !== undefined) follow(book, judged, health);
    }
    clearUnknown(options);
    watchScores(options, judged);
  };
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      watchScores(options, judged);
      arm();
    }, everyMs);
  };
  engine.onChange(({ after }) => follow(book, judged, after));
  return {
    evaluate,
    forget: (name) => {
      judged.delete(name);
      for (const rule of ALERTING_RULES) book.clear(healthFingerprint(rule, name));
    },
    start: () => {
      if (timer === undefined) arm();
    },
    stop: () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** @param judged Of whom something was heard since our start: an alert from before it stays until then. */
function follow(book: AlertBook, judged: Set<string>, health: SubsystemHealth): void {
  const condition = conditionOf(health);
  if (condition === 'hold') return;
  if (!isUnheard(health)) judged.add(health.name);
  for (const rule of judged.has(health.name) ? ALERTING_RULES : disprovedBy(health)) {
    const fingerprint = healthFingerprint(rule, health.name);
    if (fingerprint !== condition?.fingerprint) book.clear(fingerprint);
  }
  if (condition !== undefined) book.raise(condition);
}

function clearUnknown({ engine, book, isAwaited }: HealthAlertsOptions): void {
  for (const { fingerprint, labels, subsystem } of book.open()) {
    const isHealth = fingerprint === healthFingerprint(labels.rule ?? '', subsystem);
    const isGone = isHealth
      ? engine.read(subsystem) === undefined
      : fingerprint === scoreFingerprint(subsystem) && !hasDomain(engine, subsystem);
    if (isGone && !isAwaited?.(subsystem)) book.clear(fingerprint);
  }
}

function scoreFingerprint(domain: string): string {
  return `score/${domain}`;
}

/** A score made of no data is no reason for an alert. */
function watchScores(options: HealthAlertsOptions, judged: Set<string>): void {
  const { engine, book } = options;
  const threshold = options.scoreThreshold ?? 0.5;
  const scores = engine.scores();
  for (const domain of Object.keys(DOMAIN_FACTORS) as Domain[]) {
    const score = scores[`${domain}Health`];
    const fingerprint = scoreFingerprint(domain);
    // A domain without data scores 0.5 exactly and is explained only when the threshold lies above that.
    const isKnown = score !== 0.5 || engine.explain(domain).confidence > 0;
    if (isKnown) judged.add(fingerprint);
    else if (!judged.has(fingerprint)) continue;
    if (!isKnown || score >= threshold) {
      book.clear(fingerprint);
      continue;
    }
    book.raise({
      fingerprint,
      type: 'health',
      severity: 'warning',
      subsystem: domain,
      about: 'domain',
      message: `the ${domain} score is ${score.toFixed(2)}, below ${threshold}`,
      labels: { rule: 'low_score', domain },
      evidence: { score, threshold },
      forMs: options.scoreForMs ?? 30_000,
    });
  }
}
