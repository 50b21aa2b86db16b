import { type Tone, toneText } from '../ui/tone.js';

const WIDTH = 72;
const HEIGHT = 24;
/** A line of one point says nothing. */
const LEAST_POINTS = 2;

/** The course of a score, 0 at the bottom and 1 at the top; decoration beside the number. */
export function Sparkline({
  points,
  tone,
}: {
  points: readonly { at: number; value: number }[];
  tone: Tone;
}) {
  const first = points[0];
  const last = points.at(-1);
  if (points.length < LEAST_POINTS || !first || !last || last.at <= first.at) return null;
  const x = (at: number) => ((at - first.at) / (last.at - first.at)) * (WIDTH - 4) + 2;
  const y = (value: number) => HEIGHT - 3 - value * (HEIGHT - 6);
  const line = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return (
    <svg
      aria-hidden="true"
      width={WIDTH}
      height={HEIGHT}
      className={`mb-1 max-w-[45%] shrink opacity-70 ${toneText(tone)}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
    >
      <polyline points={line} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
      <circle cx={x(last.at)} cy={y(last.value)} r="2" fill="currentColor" />
    </svg>
  );
}
