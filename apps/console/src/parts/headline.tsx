import type { Incident, RecoveryAction, StatusView } from '@dreamnet/contracts';
import { useActions, useIncidents, useStatus } from '../api/queries.js';
import { type Tone, ToneIcon } from '../ui/tone.js';

interface Facts {
  status: StatusView;
  incidents: readonly Incident[];
  waiting: readonly RecoveryAction[];
}

interface Sentence {
  tone: Tone;
  text: string;
  more: string;
}

/** Asked from the top; the first that has something to say is the headline. */
const HEADLINES: readonly ((facts: Facts) => Sentence | undefined)[] = [
  ({ incidents }) => {
    const [first, ...rest] = incidents;
    if (!first) return undefined;
    const affected = first.affected.filter((name) => name !== first.cause.subsystem);
    const suffers = affected.length > 0 ? ` ${affected.join(', ')} suffers from it.` : '';
    const others = rest.length > 0 ? ` ${rest.length} more open.` : '';
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
          text: `Nothing is known to be broken`,
          more: `No evidence yet about ${silent.map(({ name }) => name).join(', ')}.`,
        };
  },
];

/** The state of everything in one sentence. */
export function Headline() {
  const status = useStatus().data;
  const incidents = useIncidents().data?.incidents.filter(({ state }) => state === 'open') ?? [];
  const waiting = useActions().data?.actions.filter(({ state }) => state === 'needs_approval') ?? [];
  const sentence = status && headlineOf({ status, incidents, waiting });
  return (
    <div role="status" className="flex min-h-9 flex-wrap items-center gap-x-2.5 gap-y-0.5 pb-3">
      {sentence && (
        <>
          <ToneIcon tone={sentence.tone} size={20} />
          <p className="text-lg font-semibold tracking-tight text-balance">{sentence.text}</p>
          <p className="text-soft max-sm:w-full">{sentence.more}</p>
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
  const { agents } = facts.status.counts;
  return {
    tone: 'good',
    text: 'Everything works',
    more: `${counted(agents, 'agent')}, no open incident, nothing unwired.`,
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
