import type { Alert, Clock } from '@dreamnet/contracts';
import { createDueQueue } from '@dreamnet/kit';
import type { AlertBook } from '../../boundary.js';
import { type RuleFinding, ruleAlert } from './rule-alert.js';
import type { RuleCase } from './rule-cases.js';

/** A firing alert's value and text follow the values so often, and when it is told; each time costs a write. */
const REFRESH_MS = 30_000;
/** A condition that flaps before it has held long enough makes no more than one alert in this time. */
const FLAP_MS = 1000;
/** Without a new value for so long the newest one says nothing any more. @source Prometheus, staleness: 5 minutes */
export const STALE_MS = 300_000;
/** After a start a value from before has this long at least to come again: its sender may have to connect first. */
const STALE_AT_LEAST_MS = 60_000;

/** Turns verdicts on cases into alerts. */
export interface RuleJudge {
  /** The case was looked at: the finding calls for an alert, or (undefined) does not. */
  judge(one: RuleCase, finding: RuleFinding | undefined): void;
  /** Its alert is about to be told: brings what was found last into it. @returns undefined when nothing was, or it is over */
  refresh(one: RuleCase): Alert | undefined;
  /** It is not looked at any more: its alert ends. */
  end(one: RuleCase): void;
  /** Counts it as holding although it was not looked at yet: its alert was open, or active, when the program ended. */
  adopt(one: RuleCase, isActive: boolean): void;
  /** Comes back to the case after so many ms, once started. */
  wake(one: RuleCase, afterMs: number): void;
  start(): void;
  stop(): void;
}

interface Bench {
  clock: Clock;
  book: Pick<AlertBook, 'raise' | 'clear'>;
  agenda: Agenda;
}

/** @param onAbsence Looks whether the subject of an absence rule is still silent. */
export function createRuleJudge(
  options: Omit<Bench, 'agenda'>,
  onAbsence: (one: RuleCase) => void,
): RuleJudge {
  const { clock, book } = options;
  const agenda = createAgenda(clock, (one) => {
    if (one.compiled.rule.trigger.on === 'absence') onAbsence(one);
    else lookAgain(bench, one);
  });
  const bench: Bench = { clock, book, agenda };
  return {
    judge: (one, finding) => {
      const nowMs = clock.monotonic();
      one.judgedMs = nowMs;
      one.isJudged = true;
      if (finding === undefined) {
        if (one.isTrue !== false) fall(bench, one, false);
        return;
      }
      one.finding = finding;
      if (one.isTrue !== true) rise(bench, one);
      else if (one.isRaised && nowMs - one.raisedMs >= REFRESH_MS) raise(bench, one);
    },
    // What says the same as before costs no write.
    refresh: (one) => (one.isTrue === true && one.isJudged && one.isRaised ? raise(bench, one) : undefined),
    end: (one) => {
      one.dueMs = Number.POSITIVE_INFINITY;
      fall(bench, one, undefined);
    },
    adopt: (one, isActive) => {
      one.isTrue = true;
      // An alert that is active has held long enough, however long ago this case was made.
      one.sinceMs = isActive ? Number.NEGATIVE_INFINITY : clock.monotonic();
      one.isRaised = true;
      one.raisedMs = clock.monotonic();
      if (!goesStale(one)) return;
      // Its time without a value goes on where it stood when the program ended.
      one.judgedMs = Math.max(one.heardMs, clock.monotonic() - STALE_MS + STALE_AT_LEAST_MS);
      agenda.wake(one, one.judgedMs + STALE_MS - clock.monotonic());
    },
    ...agenda,
  };
}

type Agenda = Pick<RuleJudge, 'wake' | 'start' | 'stop'> & { readonly isRunning: () => boolean };

/** Cases to come back to, on one timer. */
function createAgenda(clock: Clock, onDue: (one: RuleCase) => void): Agenda {
  let isRunning = false;
  const queue = createDueQueue<{ one: RuleCase; dueMs: number }>(clock, ({ one, dueMs }) => {
    if (one.dueMs !== dueMs) return;
    one.dueMs = Number.POSITIVE_INFINITY;
    onDue(one);
  });
  return {
    isRunning: () => isRunning,
    wake: (one, afterMs) => {
      const dueMs = clock.monotonic() + afterMs;
      if (!isRunning || dueMs >= one.dueMs) return;
      one.dueMs = dueMs;
      queue.push(dueMs, { one, dueMs });
    },
    start: () => {
      isRunning = true;
    },
    stop: () => {
      isRunning = false;
      queue.clear();
    },
  };
}

function rise(bench: Bench, one: RuleCase): void {
  const { clock, agenda } = bench;
  const nowMs = clock.monotonic();
  one.isTrue = true;
  one.sinceMs = nowMs;
  const isFlapping = (one.compiled.rule.forMs ?? 0) > FLAP_MS && nowMs - one.raisedMs < FLAP_MS;
  if (isFlapping && agenda.isRunning()) agenda.wake(one, one.raisedMs + FLAP_MS - nowMs);
  else raise(bench, one);
  if (goesStale(one)) agenda.wake(one, STALE_MS);
}

function raise({ clock, book }: Bench, one: RuleCase): Alert {
  const nowMs = clock.monotonic();
  if (!one.isRaised) one.keptBackMs = nowMs - one.sinceMs;
  one.isRaised = true;
  one.raisedMs = nowMs;
  const condition = ruleAlert(one.compiled.rule, one.subject, one.finding);
  return book.raise({ ...condition, forMs: Math.max(0, (condition.forMs ?? 0) - one.keptBackMs) });
}

function fall({ book }: Bench, one: RuleCase, isTrue: false | undefined): void {
  one.isTrue = isTrue;
  one.isRaised = false;
  book.clear(one.fingerprint);
}

/** Time has passed without a new value: a verdict kept back is told, one that is stale is dropped. */
function lookAgain(bench: Bench, one: RuleCase): void {
  if (one.isTrue !== true) return;
  if (!one.isRaised) raise(bench, one);
  if (!goesStale(one)) return;
  const leftMs = one.judgedMs + STALE_MS - bench.clock.monotonic();
  if (leftMs <= 0) fall(bench, one, undefined);
  else bench.agenda.wake(one, leftMs);
}

/** Status, axes and scores are always known; values come or stop coming. */
export function goesStale({ compiled }: RuleCase): boolean {
  return ['metric', 'anomaly'].includes(compiled.rule.trigger.on);
}
