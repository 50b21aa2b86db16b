import type { Incident, RecoveryAction, StatusView } from '@dreamnet/contracts';
import { useIsLost } from '../api/live.js';
import { useActions, useIncidents, useStatus } from '../api/queries.js';
import { counted } from '../ui/number-text.js';
import { type Tone, ToneIcon } from '../ui/tone.js';

interface Facts {
  /** The daemon does not answer: all else is what it said before. */
  isStale: boolean;
  status: StatusView;
  incidents: readonly Incident[];
  waiting: readonly RecoveryAction[];
}

interface Sentence {
  tone: Tone;
  text: string;
  more: string;
}

/** Names in a sentence; more are counted. */
const NAMED = 4;

/** Asked from the top; the first that has something to say is the headline. */
const HEADLINES: readonly ((facts: Facts) => Sentence | undefined)[] = [
  ({ isStale }) =>
    isStale
      ? {
          tone: 'quiet',
          text: 'Nothing is known right now',
          more: 'The page shows what the daemon said last.',
        }
      : undefined,
  ({ status: { snapshot, counts } }) =>
    snapshot.subsystems.length > 0
      ? undefined
      : counts.agents > 0
        ? {
            tone: 'quiet',
            text: 'Nothing runs',
            more: `${counted(counts.agents, 'agent')}, none of them runs.`,
          }
        : { tone: 'quiet', text: 'Nothing runs here yet', more: 'Add agents to dreamnet.yaml.' },
  ({ status, incidents }) => {
    const [first] = incidents;
    if (!first) return undefined;
    const affected = first.affected.filter((name) => name !== first.cause.subsystem);
    const suffers =
      affected.length > 0 ? ` ${namesOf(affected.map((name) => ({ name })))} suffers from it.` : '';
    const left = Math.max(status.counts.openIncidents, incidents.length) - 1;
    const others = left > 0 ? ` ${left.toLocaleString('en')} more open.` : '';
    return { tone: 'bad', text: first.title, more: `Cause: ${first.cause.subsystem}.${suffers}${others}` };
  },
  ({ waiting }) =>
    waiting.length === 0
      ? undefined
      : { tone: 'warn', text: 'A remedy waits for you', more: waiting[0]?.description ?? '' },
  ({ status }) =>
    status.counts.activeAlerts === 0
      ? undefined
      : {
          tone: 'warn',
          text: `${counted(status.counts.activeAlerts, 'alert')} active`,
          more: 'No incident is open.',
        },
  ({ status }) =>
    status.counts.openGaps === 0
      ? undefined
      : {
          tone: 'warn',
          text: `${counted(status.counts.openGaps, 'thing')} not wired up`,
          more: 'What runs, works.',
        },
  ({ status: { snapshot } }) => {
    const silent = snapshot.subsystems.filter(({ status }) => status === 'unknown');
    return silent.length === 0
      ? undefined
      : {
          tone: 'quiet',
          text: 'Nothing is known to be broken',
          more: `No evidence yet about ${namesOf(silent)}.`,
        };
  },
];

/** The state of everything in one sentence. */
export function Headline() {
  const status = useStatus().data;
  const incidents = useIncidents().data?.incidents.filter(({ state }) => state === 'open') ?? [];
  const waiting = useActions().data?.actions.filter(({ state }) => state === 'needs_approval') ?? [];
  const isStale = useIsLost();
  const sentence = status && headlineOf({ isStale, status, incidents, waiting });
  return (
    <div role="status" className="flex min-h-9 gap-2.5 pb-3">
      {sentence && (
        <>
          <span className="pt-1">
            <ToneIcon tone={sentence.tone} size={20} />
          </span>
          <div className="flex min-w-0 flex-wrap items-baseline gap-x-2.5">
            <p className="min-w-0 text-lg font-semibold tracking-tight text-balance">{sentence.text}</p>
            <p className="min-w-0 text-soft">{sentence.more}</p>
          </div>
        </>
      )}
    </div>
  );
}

function headlineOf(facts: Facts): Sentence {
  for (const headline of HEADLINES) {
    const sentence = headline(facts);
    if (sentence) return sentence;
  }
  // A daemon of an earlier version does not count those that were stopped.
  const { agents, stoppedAgents = 0 } = facts.status.counts;
  if (agents > 0 && stoppedAgents === agents)
    return { tone: 'quiet', text: 'No agent runs', more: `${counted(agents, 'agent')}, all stopped.` };
  const isWhole = stoppedAgents === 0;
  return {
    tone: 'good',
    text: isWhole ? 'Everything works' : 'Everything that runs works',
    more: `${counted(agents, 'agent')}${isWhole ? '' : `, ${stoppedAgents} stopped`}, no open incident, nothing unwired.`,
  };
}

/** The first few by name. */
function namesOf(many: readonly { name: string }[]): string {
  const first = many.slice(0, NAMED).map(({ name }) => name);
  const left = many.length - first.length;
  return left > 0 ? `${first.join(', ')} and ${left.toLocaleString('en')} more` : first.join(', ');
}
