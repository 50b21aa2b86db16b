import type { Trend } from '@dreamnet/contracts';
import { Minus, TrendingDown, TrendingUp } from 'lucide-react';
import { useTrends } from '../../api/queries.js';
import { Moment } from '../../ui/moment.js';
import { numberText } from '../../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { type Tone, toneText } from '../../ui/tone.js';

const DIRECTIONS: Readonly<Record<Trend['direction'], { icon: typeof Minus; tone: Tone }>> = {
  improving: { icon: TrendingUp, tone: 'good' },
  declining: { icon: TrendingDown, tone: 'bad' },
  stable: { icon: Minus, tone: 'quiet' },
  rising: { icon: TrendingUp, tone: 'quiet' },
  falling: { icon: TrendingDown, tone: 'quiet' },
};

/** The trends that are more than chance, the surest first. */
export function TrendTable() {
  const query = useTrends();
  return (
    <Panel title="Significant trends" note="Mann–Kendall, with Theil–Sen's slope">
      <Loaded query={query} lines={4}>
        {({ trends }) => {
          const significant = trends
            .filter(({ isSignificant }) => isSignificant)
            .sort((a, b) => a.pValue - b.pValue);
          return significant.length === 0 ? (
            <Nothing>
              {trends.length === 0
                ? 'There is too little history yet to tell a trend.'
                : `None of ${trends.length} series moves more than by chance.`}
            </Nothing>
          ) : (
            <Table trends={significant} />
          );
        }}
      </Loaded>
    </Panel>
  );
}

function Table({ trends }: { trends: readonly Trend[] }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left">
        <thead className="text-[11px] text-faint">
          <tr>
            {['Series', 'Direction', 'Slope an hour', 'p', 'Samples', 'Crosses'].map((word) => (
              <th key={word} scope="col" className="px-3 py-1.5 font-normal whitespace-nowrap">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {trends.map((trend) => (
            <Row key={`${trend.subject} ${trend.metric ?? ''}`} trend={trend} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ trend }: { trend: Trend }) {
  const { subject, metric, direction, slopePerHour, pValue, samples, crossesAt } = trend;
  const { icon: Icon, tone } = DIRECTIONS[direction];
  return (
    <tr className="border-t border-line">
      <td className="px-3 py-1.5 font-medium">{metric === undefined ? subject : `${subject} ${metric}`}</td>
      <td className={`px-3 py-1.5 whitespace-nowrap ${toneText(tone)}`}>
        <Icon aria-hidden size={13} className="mr-1.5 inline" />
        {direction}
      </td>
      <td className="px-3 py-1.5 whitespace-nowrap">{numberText(slopePerHour)}</td>
      <td className="px-3 py-1.5 whitespace-nowrap">{pValue < 0.0001 ? '< 0.0001' : numberText(pValue)}</td>
      <td className="px-3 py-1.5">{samples}</td>
      <td className="px-3 py-1.5 whitespace-nowrap">
        {crossesAt === undefined ? <span className="text-faint">–</span> : <Moment at={crossesAt} isAhead />}
      </td>
    </tr>
  );
}
