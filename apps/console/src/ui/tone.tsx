import type {
  Liveness,
  OSProcessStatus,
  Progress,
  Readiness,
  Severity,
  SubsystemStatus,
} from '@dreamnet/contracts';
import { CircleCheck, CircleDashed, CircleX, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** What a colour says. It is never the only thing that says it: a word or a shape stands beside it. */
export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

const TEXT: Readonly<Record<Tone, string>> = {
  good: 'text-good',
  warn: 'text-warn',
  bad: 'text-bad',
  quiet: 'text-faint',
};
const WASH: Readonly<Record<Tone, string>> = {
  good: 'bg-good-wash text-good',
  warn: 'bg-warn-wash text-warn',
  bad: 'bg-bad-wash text-bad',
  quiet: 'bg-line text-soft',
};
const ICON: Readonly<Record<Tone, LucideIcon>> = {
  good: CircleCheck,
  warn: TriangleAlert,
  bad: CircleX,
  quiet: CircleDashed,
};

/** The class that colours text. */
export const toneText = (tone: Tone) => TEXT[tone];

export const STATUS_TONE: Readonly<Record<SubsystemStatus, Tone>> = {
  ok: 'good',
  warn: 'warn',
  error: 'bad',
  unknown: 'quiet',
};
export const PROCESS_TONE: Readonly<Record<OSProcessStatus, Tone>> = {
  running: 'good',
  pending: 'warn',
  error: 'bad',
  stopped: 'quiet',
};
export const SEVERITY_TONE: Readonly<Record<Severity, Tone>> = {
  info: 'quiet',
  warning: 'warn',
  critical: 'bad',
};
export const AXIS_TONE: Readonly<Record<Liveness | Readiness | Progress, Tone>> = {
  alive: 'good',
  ready: 'good',
  moving: 'good',
  idle: 'quiet',
  unknown: 'quiet',
  suspended: 'bad',
  dead: 'bad',
  not_ready: 'bad',
  stuck: 'bad',
  looping: 'warn',
};

/** A shape in the tone's colour. */
export function ToneIcon({ tone, size = 14 }: { tone: Tone; size?: number }) {
  const Icon = ICON[tone];
  return <Icon aria-hidden size={size} className={`shrink-0 ${TEXT[tone]}`} />;
}

/** A word on a wash of the tone's colour. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center rounded px-1.5 py-px text-[11px] font-medium whitespace-nowrap ${WASH[tone]}`}
    >
      {children}
    </span>
  );
}
