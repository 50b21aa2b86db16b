import type { SeriesName } from '@dreamnet/contracts';
import { useSeries } from '../../api/series.js';
import { Chart } from '../../chart/chart.js';
import { useRange } from '../../chart/range-switch.js';
import { numberText, percentText } from '../../ui/number-text.js';
import { Loaded, Panel } from '../../ui/panel.js';
import { AnomalyChart } from './anomaly-chart.js';
import { isShare } from './series-choice.js';

/** One series: its values, and beneath them how unusual they were. */
export function SeriesView({ name }: { name: SeriesName }) {
  const query = useSeries(name, useRange());
  const isScore = isShare(name);
  return (
    <Panel title={name.subject} note={name.metric}>
      <div className="min-h-72 p-3">
        <Loaded query={query} lines={6}>
          {(stretch) => (
            <Chart
              label={name.metric}
              {...stretch}
              heightPx={260}
              valueText={isScore ? percentText : numberText}
              syncWith="trends"
              isOld={query.isPlaceholderData}
            />
          )}
        </Loaded>
      </div>
      <div className="min-h-40 border-t border-line p-3">
        <AnomalyChart name={name} />
      </div>
    </Panel>
  );
}
