import type { SeriesName, Trend } from '@dreamnet/contracts';
import { useMemo } from 'react';
import { type SeriesStretch, useSeries, useTrendOf } from '../../api/series.js';
import { Chart } from '../../chart/chart.js';
import { useRange } from '../../chart/range-switch.js';
import { drawTrend } from '../../chart/trend-drawings.js';
import { numberText, percentText } from '../../ui/number-text.js';
import { Loaded, Panel } from '../../ui/panel.js';
import { AnomalyChart } from './anomaly-chart.js';
import { isShare } from './series-choice.js';
import { Crossing, Direction, pText, Slope } from './trend-words.js';

/** One series: its values with their trend, and beneath them how unusual they were. */
export function SeriesView({ name }: { name: SeriesName }) {
  const range = useRange();
  const query = useSeries(name, range);
  const trend = useTrendOf(name, range).data;
  const axisEndMs = query.data ? drawTrend(trend, query.data.points, query.data).toMs : undefined;
  return (
    <Panel title={name.subject} note={<span className="font-mono">{name.metric}</span>}>
      <div className="min-h-72 p-3">
        <Loaded query={query} lines={6}>
          {(stretch) => (
            <Values name={name} stretch={stretch} trend={trend} isOld={query.isPlaceholderData} />
          )}
        </Loaded>
        {trend !== undefined && <TrendWords trend={trend} rangeLabel={range.label} />}
      </div>
      <div className="min-h-40 border-t border-line p-3">
        <AnomalyChart name={name} axisEndMs={axisEndMs} />
      </div>
    </Panel>
  );
}

interface ValuesProps {
  name: SeriesName;
  stretch: SeriesStretch;
  trend: Trend | null | undefined;
  isOld: boolean;
}

function Values({ name, stretch, trend, isOld }: ValuesProps) {
  const { drawings, toMs } = useMemo(() => drawTrend(trend, stretch.points, stretch), [trend, stretch]);
  return (
    <Chart
      label="Values"
      {...stretch}
      toMs={toMs}
      drawings={drawings}
      heightPx={260}
      valueText={isShare(name) ? percentText : numberText}
      syncWith="trends"
      isOld={isOld}
    />
  );
}

/** What the line says, in words; also why there is none. */
function TrendWords({ trend, rangeLabel }: { trend: Trend | null; rangeLabel: string }) {
  if (trend === null)
    return <p className="mt-1 text-xs text-faint">Too few points in {rangeLabel} to tell a trend.</p>;
  const found = `p ${pText(trend.pValue).startsWith('<') ? '' : '= '}${pText(trend.pValue)}, ${trend.samples} points`;
  if (trend.direction === 'stable')
    return (
      <p className="mt-1 text-xs text-soft">
        No trend in {rangeLabel}: it moves by chance only, or too slowly to matter ({found}).
      </p>
    );
  return (
    <p className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-xs">
      <Direction trend={trend} />
      <span>
        <Slope trend={trend} /> an hour
      </span>
      <span className="text-faint">{found}</span>
      {trend.crossesAt !== undefined && (
        <span>
          crosses <Crossing trend={trend} />
        </span>
      )}
    </p>
  );
}
