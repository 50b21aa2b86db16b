import type { ScaleDecisionView, ScaleView } from '@dreamnet/contracts';
import { showTable } from './table.js';
import { paint, showDuration, showTime, type Terminal } from './terminal.js';

/** Changes shown; the rest is in the JSON. */
const SHOWN_DECISIONS = 8;

/** `scale` as text: how many there are, the rule, each replica, what was decided last. */
export function showScale(terminal: Terminal, view: ScaleView): string {
  return [
    `${terminal.colors.bold(view.agent)}  ${scaleSummary(view)}`,
    ...followsText(view),
    ...(view.rolling ? [rollingText(view.rolling)] : []),
    '',
    showTable(terminal, view.replicas, {
      columns: [
        { heading: 'REPLICA', cell: (one) => one.id },
        { heading: 'PID', cell: (one) => String(one.pid ?? '-') },
        { heading: 'PORT', cell: (one) => String(one.port ?? '-') },
        { heading: 'IN FLIGHT', cell: (one) => inFlightText(view, one) },
        { heading: 'STATE', cell: (one) => stateOf(terminal, one), isElastic: true },
      ],
      empty: view.rule ? 'No process: nothing is asked of it. The next call starts one.' : 'No process.',
    }),
    ...decisionLines(view.decisions),
  ].join('\n');
}

/** One line: how many serve of how many. */
export function scaleSummary({ serving, desired, held, isStopped, replicas }: ScaleView): string {
  const waiting = held === 0 ? '' : held === 1 ? ', 1 call waits' : `, ${held} calls wait`;
  const leaving = replicas.filter(({ isLeaving }) => isLeaving).length;
  const others = leaving === 0 ? '' : leaving === 1 ? ', 1 leaves' : `, ${leaving} leave`;
  return `${serving} of ${desired} serve${waiting}${others}${isStopped ? ', stopped by hand' : ''}`;
}

/** What holds from now on, after the number was set or let go. */
export function scaleAnswer(view: ScaleView): string {
  const { agent, rule, isSetByHand } = view;
  const start = `${agent}: ${scaleSummary(view)}; `;
  const shows = `'dreamnet scale ${agent}' shows how it goes on`;
  if (!rule) return `${start}${shows}`;
  if (!isSetByHand) return `${start}follows ${rule.metric}; ${shows}`;
  return `${start}set by hand; 'dreamnet scale ${agent} auto' lets it follow ${rule.metric} again`;
}

/** What the number follows, or would if nobody had set it; no line for a fixed one. */
export function followsText({ agent, rule, isSetByHand }: ScaleView): string[] {
  if (!rule) return [];
  if (!isSetByHand) return [`follows ${ruleText(rule)}`];
  return [`set by hand; does not follow ${ruleText(rule)}; 'dreamnet scale ${agent} auto' lets it again`];
}

/** What the number follows, in words. */
export function ruleText(rule: NonNullable<ScaleView['rule']>): string {
  const whose = rule.of === null ? '' : ` of ${rule.of}`;
  const windows = `up after ${showDuration(rule.upWindowMs)}, down after ${showDuration(rule.downWindowMs)}`;
  const share = `${rule.target} each, ±${Math.round(rule.tolerance * 100)} %`;
  return `${rule.metric}${whose}: ${share}; ${rule.min} to ${rule.max} replicas; ${windows}`;
}

/** Where a rolling restart stands. */
export function rollingText(rolling: NonNullable<ScaleView['rolling']>): string {
  const what = `rolling restart (${rolling.reason}), begun ${showTime(rolling.startedAt)}`;
  if (rolling.phase === 'done') return `${what}: done`;
  const step = `step ${rolling.step} of ${rolling.steps}`;
  if (rolling.phase === 'stopped')
    return `${what}: stopped at ${step}: ${rolling.because ?? 'given up'}. What ran before goes on${notReplaced(rolling)}`;
  const pair = rolling.by === rolling.replaces ? rolling.by : `${rolling.by} for ${rolling.replaces}`;
  return `${what}: ${step}, ${pair}: ${rolling.phase}`;
}

function notReplaced({ notReplaced: ids }: NonNullable<ScaleView['rolling']>): string {
  return ids.length === 0 ? '' : `; not replaced: ${ids.join(', ')}`;
}

/** The last changes, each with its calculation. */
export function decisionLines(decisions: readonly ScaleDecisionView[]): string[] {
  if (decisions.length === 0) return [];
  const lines = decisions.slice(-SHOWN_DECISIONS).map((one) => {
    const measured = one.formula === '' ? '' : ` (${one.metric}: ${one.formula})`;
    return `  ${showTime(one.at, true)} ${one.from} → ${one.to}: ${one.because}${measured}`;
  });
  return ['', 'last changes', ...lines];
}

function inFlightText({ maxInFlight }: ScaleView, { inFlight }: ScaleView['replicas'][number]): string {
  return maxInFlight === null ? String(inFlight) : `${inFlight} of ${maxInFlight}`;
}

function stateOf(terminal: Terminal, replica: ScaleView['replicas'][number]): string {
  if (replica.isLeaving) return replica.inFlight > 0 ? 'leaves when its calls are over' : 'leaves';
  if (replica.isServing) return paint(terminal, 'ready');
  return replica.problems[0] ?? replica.phase;
}
