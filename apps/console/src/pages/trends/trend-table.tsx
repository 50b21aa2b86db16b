import type { Trend } from '@dreamnet/contracts';
import { hrefOf } from '../../address/address.js';
import { useChoice } from '../../address/use-address.js';
import { useTrends } from '../../api/queries.js';
import { DOMAINS } from '../../api/views.js';
import { Paged } from '../../ui/paged.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { useRowKeys } from '../../ui/rows.js';
import { choiceOf } from './series-choice.js';
import { Crossing, Direction, pText, Slope, seriesOfTrend } from './trend-words.js';

const PAGE_SIZE = 20;
const DOMAIN_NAMES = DOMAINS.map(({ domain }) => domain);
const HEADS = ['Series', 'Direction', 'Slope an hour (95 %)', 'p', 'Points', 'Crosses (95 %)'];

/** The trends that are more than chance, the surest first. */
export function TrendTable() {
  const query = useTrends();
  return (
    <Panel title="Significant trends" note="Mann–Kendall with Theil–Sen's slope; metrics of the last hour">
      <Loaded query={query} lines={4}>
        {({ trends }) => {
          const significant = trends
            .filter(({ direction }) => direction !== 'stable')
            .sort((a, b) => a.pValue - b.pValue);
          return significant.length === 0 ? (
            <Nothing>
              {trends.length === 0
                ? 'There is too little history yet to tell a trend.'
                : `None of ${trends.length} series moves more than by chance.`}
            </Nothing>
          ) : (
            <Paged items={significant} size={PAGE_SIZE}>
              {(shown) => <Table trends={shown} />}
            </Paged>
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
            {HEADS.map((word) => (
              <th key={word} scope="col" className="px-3 py-1.5 font-normal whitespace-nowrap">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={useRowKeys<HTMLTableSectionElement>()}>
          {trends.map((trend) => (
            <Row key={`${trend.subject} ${trend.metric ?? ''}`} trend={trend} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ trend }: { trend: Trend }) {
  const [{ range = '' }] = useChoice();
  const series = seriesOfTrend(trend, DOMAIN_NAMES);
  return (
    <tr className="border-t border-line">
      <td className="px-3 py-1.5">
        <a href={hrefOf('trends', [], { ...choiceOf(series), range })} className="group block">
          <span className="font-medium group-hover:underline">{series.subject}</span>{' '}
          <span className="font-mono text-[11px] text-faint">{series.metric}</span>
        </a>
      </td>
      <td className="px-3 py-1.5">
        <Direction trend={trend} />
      </td>
      <td className="px-3 py-1.5">
        <Slope trend={trend} />
      </td>
      <td className="px-3 py-1.5 whitespace-nowrap">{pText(trend.pValue)}</td>
      <td className="px-3 py-1.5">{trend.samples}</td>
      <td className="px-3 py-1.5">
        <Crossing trend={trend} />
      </td>
    </tr>
  );
}
