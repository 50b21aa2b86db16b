import type { Incident, IncidentEntry, IncidentStage } from '@dreamnet/contracts';
import { Evidence } from '../ui/evidence.js';
import { clockText, spanText } from '../ui/time-text.js';
import type { Tone } from '../ui/tone.js';

const STAGES: Readonly<Record<IncidentStage, { label: string; tone: Tone }>> = {
  fault: { label: 'Fault', tone: 'bad' },
  detected: { label: 'Detected', tone: 'warn' },
  analysed: { label: 'Analysed', tone: 'quiet' },
  planned: { label: 'Planned', tone: 'quiet' },
  needs_approval: { label: 'Needs approval', tone: 'warn' },
  approved: { label: 'Approved', tone: 'quiet' },
  rejected: { label: 'Rejected', tone: 'bad' },
  executed: { label: 'Executed', tone: 'quiet' },
  verified: { label: 'Verified', tone: 'good' },
  verification_failed: { label: 'Not verified', tone: 'bad' },
  escalated: { label: 'Escalated', tone: 'bad' },
  resolved: { label: 'Resolved', tone: 'good' },
  note: { label: 'Note', tone: 'quiet' },
};
const DOT: Readonly<Record<Tone, string>> = {
  good: 'bg-good',
  warn: 'bg-warn',
  bad: 'bg-bad',
  quiet: 'bg-faint',
};

/** The steps of one incident, each with the time since the fault and since the step before. */
export function IncidentTimeline({ incident }: { incident: Incident }) {
  const { cause, affected, stages } = incident;
  const first = stages[0];
  const others = affected.filter((name) => name !== cause.subsystem);
  return (
    <div className="px-3 pb-3">
      <p className="mb-2 rounded bg-raised px-2.5 py-1.5 text-xs text-soft">
        <span className="text-text">
          Cause: <strong>{cause.subsystem}</strong>, {cause.reason}
        </span>
        <br />
        Rule: {cause.decidedBy}
        {cause.candidates.length > 1 && ` among ${cause.candidates.join(', ')}`}.
        {others.length > 0 && ` Affected: ${others.join(', ')}.`}
      </p>
      <ol>
        {stages.map((entry, index) => (
          <Step
            // biome-ignore lint/suspicious/noArrayIndexKey: stages are only ever added at the end
            key={index}
            entry={entry}
            sinceFaultMs={entry.at - (first?.at ?? entry.at)}
            sinceBeforeMs={entry.at - (stages[index - 1]?.at ?? entry.at)}
            isLast={index === stages.length - 1}
          />
        ))}
      </ol>
    </div>
  );
}

interface StepProps {
  entry: IncidentEntry;
  sinceFaultMs: number;
  sinceBeforeMs: number;
  isLast: boolean;
}

function Step({ entry, sinceFaultMs, sinceBeforeMs, isLast }: StepProps) {
  const { label, tone } = STAGES[entry.stage];
  return (
    <li className="grid grid-cols-[4rem_0.75rem_minmax(0,1fr)] gap-x-2.5">
      <div className="pt-0.5 text-right font-mono text-[11px] leading-4" title={clockText(entry.at)}>
        <p className="text-soft">{sinceFaultMs === 0 ? 'T' : `+${spanText(sinceFaultMs)}`}</p>
        {sinceBeforeMs > 0 && sinceBeforeMs !== sinceFaultMs && (
          <p className="text-faint">Δ {spanText(sinceBeforeMs)}</p>
        )}
      </div>
      <div aria-hidden className="flex flex-col items-center">
        <span className={`mt-1.5 size-2 shrink-0 rounded-full ${DOT[tone]}`} />
        {!isLast && <span className="-mb-1 w-px flex-1 bg-line" />}
      </div>
      <div className="min-h-9 min-w-0 pb-2">
        <Evidence evidence={entry.evidence}>
          <span className="min-w-0 break-words">
            <span className="font-semibold">{label}</span> <span className="text-soft">{entry.summary}</span>
          </span>
        </Evidence>
      </div>
    </li>
  );
}
