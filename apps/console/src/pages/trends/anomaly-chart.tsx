import type { SeriesName } from '@dreamnet/contracts';
import { useMemo } from 'react';
import { useAnomalies } from '../../api/series.js';
import { scoreDrawings, scorePoints, toldPoints } from '../../chart/anomaly-points.js';
import { Chart } from '../../chart/chart.js';
import { useRange } from '../../chart/range-switch.js';
import { Moment } from '../../ui/moment.js';
import { numberText } from '../../ui/number-text.js';
import { Loaded } from '../../ui/panel.js';

const SCORE_RANGE = [0, 1.03] as const;
/** Anomalies named below the chart; all are in it. */
const SHOWN = 4;

interface AnomalyChartProps {
  name: SeriesName;
  /** Epoch ms where the chart above ends, when that is later than now: both then lie one below the other. */
  axisEndMs: number | undefined;
}

/** How unusual each point of a series was, by what came before it. */
export function AnomalyChart({ name, axisEndMs }: AnomalyChartProps) {
  const query = useAnomalies(name, useRange());
  const scored = query.data?.scored;
  const shown = useMemo(
    () => ({
      points: scorePoints(scored ?? []),
      drawings: scoreDrawings(scored ?? []),
      told: toldPoints(scored ?? []),
    }),
    [scored],
  );
  return (
    <Loaded query={query} lines={3}>
      {({ fromMs, toMs, stepMs }) => (
        <>
          <Chart
            label="Anomaly score"
            emptyText="No score in this time."
            points={shown.points}
            drawings={shown.drawings}
            fromMs={fromMs}
            toMs={axisEndMs ?? toMs}
            stepMs={stepMs}
            colour="warn"
            heightPx={110}
            range={SCORE_RANGE}
            valueText={numberText}
            syncWith="trends"
          />
          <ul className="mt-1 text-xs text-soft">
            {shown.told.slice(0, SHOWN).map(({ at, score, reason }) => (
              <li key={at}>
                <Moment at={at} />: {numberText(score)}, {reason}
              </li>
            ))}
            {shown.told.length > SHOWN && <li>and {shown.told.length - SHOWN} more</li>}
          </ul>
          {scored?.every(({ isLearning }) => isLearning) && (
            <p className="text-xs text-faint">
              Nothing is called unusual before a hundred points are known. A longer stretch of time may have
              them.
            </p>
          )}
        </>
      )}
    </Loaded>
  );
}
