import { useChoice } from '../../address/use-address.js';
import { RangeSwitch } from '../../chart/range-switch.js';
import { seriesOf } from './series-choice.js';
import { SeriesPicker } from './series-picker.js';
import { SeriesView } from './series-view.js';
import { TrendTable } from './trend-table.js';
import { Unusual } from './unusual.js';

/** Shown to who has chosen nothing. */
const FIRST = { kind: 'score', subject: 'infra', metric: 'score' } as const;

/** One series with its trend, its forecast and its anomalies; and every trend that is more than chance. */
export default function TrendsPage() {
  const [choice] = useChoice();
  const chosen = seriesOf(choice) ?? FIRST;
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex justify-end overflow-x-auto">
        <RangeSwitch />
      </div>
      <div className="grid grid-cols-1 items-start gap-3 lg:grid-cols-[minmax(0,1fr)_minmax(0,3fr)]">
        <div className="grid min-w-0 gap-3 max-lg:order-last">
          <SeriesPicker chosen={chosen} />
          <Unusual />
        </div>
        <div className="grid min-w-0 gap-3">
          <SeriesView name={chosen} />
          <TrendTable />
        </div>
      </div>
    </div>
  );
}
