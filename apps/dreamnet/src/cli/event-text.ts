import type { DreamnetEvent, EventData } from '@dreamnet/contracts';
import { takeoverText } from '../takeover-text.js';
import { plainText } from './foreign-text.js';
import { withSubject } from './incident-text.js';
import { showDuration, showTime } from './terminal.js';

/** What a log of the daemon shows of an event: what a person would want to find there later. */
export function showEventLine(event: DreamnetEvent): string | undefined {
  const text = describe(event);
  if (text === undefined) return undefined;
  const subject = event.type === 'incident.advanced' ? event.data.entry.subsystem : event.subject;
  return `${showTime(event.at, true)} ${plainText(withSubject(subject, text))}`;
}

function describe(event: DreamnetEvent): string | undefined {
  switch (event.type) {
    case 'process.started':
      return event.data.isAdopted
        ? `adopted, pid ${event.data.identity.pid}`
        : `started, pid ${event.data.identity.pid}`;
    case 'process.start-failed':
      return `did not start: ${event.data.reason}`;
    case 'process.start-refused':
      return `not started, and tried again: ${event.data.reason}`;
    case 'process.exited': {
      const { exit, identity } = event.data;
      return `pid ${identity.pid} ended (${exit.signal ?? (exit.isKnown ? `code ${exit.code}` : 'code not known')})`;
    }
    case 'process.stopped':
      return `stopped: ${event.data.stop.summary}`;
    case 'process.circuit-opened':
      return `crash loop: ${event.data.restarts} restarts, next trial at ${showTime(event.data.retryAt)}`;
    case 'health.changed':
      return event.data.from === event.data.to
        ? undefined
        : `${event.data.from} → ${event.data.to}: ${event.data.because}`;
    case 'alert.activated':
      return `alert (${event.data.alert.severity}): ${event.data.alert.message}`;
    case 'alert.escalated':
      return `alert not acknowledged, ${event.data.receiver} is told: ${event.data.alert.message}`;
    case 'alert.inhibited':
      return `alert held back: caused by ${event.data.by}`;
    case 'incident.advanced':
      return `${event.data.entry.stage}: ${event.data.entry.summary.replace(`${event.data.entry.subsystem}: `, '')}`;
    case 'gap.detected':
      return `not wired up: ${event.data.gap.description}${event.data.gap.remedyHint === undefined ? '' : ` — ${event.data.gap.remedyHint}`}`;
    case 'gap.fixed':
      return `wired up: ${event.data.gap.description}`;
    case 'route.withdrawn':
      return `not routed to for ${event.data.capability}: ${event.data.because}`;
    case 'notification.failed':
      return `could not notify ${event.data.receiver}: ${event.data.error}`;
    case 'store.failed':
      return `store: ${event.data.operation} failed: ${event.data.error}`;
    case 'budget.refused':
      return `${event.data.code}: ${event.data.message}${event.data.untold === 0 ? '' : ` (and ${event.data.untold} more)`}`;
    case 'budget.changed':
      return budgetChangeText(event.data);
    case 'spending.frozen': {
      const { freeze, cancelled } = event.data;
      return `spending frozen by ${freeze.by}${freeze.reason === '' ? '' : `: ${freeze.reason}`} (${cancelled} in flight stopped)`;
    }
    case 'spending.released':
      return `spending released by ${event.data.by}`;
    case 'config.applied':
      return event.data.changes.join('; ');
    default:
      return describeOrder(event);
  }
}

function budgetChangeText({ change, by, forgotten }: EventData['budget.changed']): string {
  if (change === 'currency')
    return `budget in another currency by ${by}: what was counted in ${forgotten} is forgotten`;
  return `budget ${change === 'reset' ? 'reset' : 'with other limits'} by ${by}`;
}

/** Who waits for whom, and what happens to groups. */
function describeOrder(event: DreamnetEvent): string | undefined {
  switch (event.type) {
    case 'start.delayed':
      return `its start waits for ${event.data.for.join(', ')}`;
    case 'start.released':
      return event.data.missing.length === 0
        ? undefined
        : `waited ${showDuration(event.data.waitedMs)} in vain for ${event.data.missing.join(', ')}`;
    case 'spare.waiting':
      return `spare waits, pid ${event.data.identity.pid}, booted in ${showDuration(event.data.bootMs)}`;
    case 'spare.took-over':
      return takeoverText({ pid: event.data.identity.pid, afterMs: event.data.afterMs });
    case 'spare.failed':
      return `spare failed: ${event.data.problem}; next try at ${showTime(event.data.retryAt)}`;
    case 'spare.refused':
      return `no spare: ${event.data.problem}`;
    case 'group.restart-begun':
      return `${event.data.member} ended: ends ${event.data.ends.join(', ') || 'nobody'}, starts ${event.data.starts.join(', ') || 'nobody'}`;
    case 'group.restarted':
      return `restarted (${event.data.starts.join(', ')}) in ${showDuration(event.data.tookMs)}`;
    case 'group.gave-up':
      return `gave up ${event.data.failedTrials === 0 ? `after ${event.data.restarts} restarts` : 'again'}, because of ${event.data.member}; tried again at ${showTime(event.data.retryAt)}`;
    case 'group.recovered':
      return `works again: ${event.data.member} serves`;
    default:
      return undefined;
  }
}
