import type { AxisView } from '@dreamnet/contracts';
import { useNow } from './now.js';
import { durationText } from './time-text.js';
import { AXIS_TONE, ToneIcon, toneText } from './tone.js';

interface AxisProps {
  name: 'liveness' | 'readiness' | 'progress';
  axis: AxisView<keyof typeof AXIS_TONE>;
  /** When the daemon said so, epoch ms: the age goes on from there. */
  answeredAt: number;
  /** Shows the whole reason instead of one line of it. */
  isWhole: boolean;
}

/** One axis: its state, since when it was last confirmed, and why. */
export function Axis({ name, axis, answeredAt, isWhole }: AxisProps) {
  const age = axis.ageMs + Math.max(0, useNow() - answeredAt);
  const tone = AXIS_TONE[axis.state];
  const word = axis.state.replace('_', ' ');
  return (
    <div className="min-w-0" title={`${name}: ${word}, ${axis.reason} (confirmed ${ageText(age)})`}>
      <p className="flex items-center gap-1.5">
        <ToneIcon tone={tone} size={12} />
        <span className="sr-only">{name}:</span>
        <span className={`font-medium whitespace-nowrap ${tone === 'bad' ? toneText(tone) : ''}`}>
          {word}
        </span>
        <span className="ml-auto text-[11px] whitespace-nowrap text-faint">{durationText(age)}</span>
      </p>
      <p className={`text-xs text-faint ${isWhole ? 'break-words' : 'truncate'}`}>{axis.reason}</p>
    </div>
  );
}

function ageText(ms: number): string {
  return ms < 1_000 ? 'just now' : `${durationText(ms)} ago`;
}
