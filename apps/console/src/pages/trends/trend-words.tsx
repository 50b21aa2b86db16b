import type { SeriesName, Trend } from '@dreamnet/contracts';
import { Minus, TrendingDown, TrendingUp } from 'lucide-react';
import { Moment } from '../../ui/moment.js';
import { useNow } from '../../ui/now.js';
import { numberText, percentText } from '../../ui/number-text.js';
import { type Tone, toneText } from '../../ui/tone.js';

const DIRECTIONS: Readonly<Record<Trend['direction'], { icon: typeof Minus; tone: Tone }>> = {
  improving: { icon: TrendingUp, tone: 'good' },
  declining: { icon: TrendingDown, tone: 'bad' },
  stable: { icon: Minus, tone: 'quiet' },
  rising: { icon: TrendingUp, tone: 'quiet' },
  falling: { icon: TrendingDown, tone: 'quiet' },
};

const FAR_MS = 30 * 86_400_000;

/** The word for where it goes; the arrow shows which way the values go, the colour whether that is good. */
export function Direction({ trend: { direction, slopePerHour } }: { trend: Trend }) {
  const { icon, tone } = DIRECTIONS[direction];
  const Icon = icon === Minus ? Minus : slopePerHour > 0 ? TrendingUp : TrendingDown;
  return (
    <span className={`whitespace-nowrap ${toneText(tone)}`}>
      <Icon aria-hidden size={13} className="mr-1.5 inline" />
      {direction}
    </span>
  );
}

/** A value of the series a trend is about: scores and statuses are shares. */
export function trendValueText({ metric }: Pick<Trend, 'metric'>, value: number): string {
  return (metric === undefined ? percentText(value) : numberText(value)).replace('-', '−');
}

/** By how much an hour, with its interval. */
export function Slope({ trend }: { trend: Trend }) {
  const { slopePerHour, slopeInterval } = trend;
  const text = (value: number) => `${value > 0 ? '+' : ''}${trendValueText(trend, value)}`;
  return (
    <span className="whitespace-nowrap">
      {text(slopePerHour)}
      {slopeInterval && (
        <span className="text-faint">
          {' '}
          ({text(slopeInterval[0])} to {text(slopeInterval[1])})
        </span>
      )}
    </span>
  );
}

/** When its level is crossed, and between when it may be. */
export function Crossing({ trend }: { trend: Trend }) {
  const { level, crossesAt, crossesBetween } = trend;
  if (crossesAt === undefined || level === undefined) return <span className="text-faint">–</span>;
  return (
    <span className="whitespace-nowrap">
      {trendValueText(trend, level)} <Moment at={crossesAt} isAhead />
      {crossesBetween && (
        <span className="text-faint">
          {' '}
          (<Moment at={crossesBetween.earliest} isAhead /> to <Latest at={crossesBetween.latest} />)
        </span>
      )}
    </span>
  );
}

/** A line that is hardly steeper than flat crosses in years, which nobody plans by. */
function Latest({ at }: { at: number | undefined }) {
  const now = useNow();
  if (at === undefined) return 'never';
  return at - now > FAR_MS ? 'far off' : <Moment at={at} isAhead />;
}

/** The test's p-value; below what anybody tells apart it is only said to be small. */
export function pText(pValue: number): string {
  return pValue < 0.0001 ? '< 0.0001' : numberText(pValue);
}

/** The series a trend was found in. */
export function seriesOfTrend({ subject, metric }: Trend, domains: readonly string[]): SeriesName {
  if (metric !== undefined) return { kind: 'metric', subject, metric };
  return domains.includes(subject)
    ? { kind: 'score', subject, metric: 'score' }
    : { kind: 'status', subject, metric: 'status' };
}
