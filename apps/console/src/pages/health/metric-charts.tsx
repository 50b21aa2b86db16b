import type { SeriesListing, SeriesName } from '@dreamnet/contracts';
import { hrefOf } from '../../address/address.js';
import { useSeriesOf } from '../../api/queries.js';
import { useSeries } from '../../api/series.js';
import { Chart } from '../../chart/chart.js';
import { useRange } from '../../chart/range-switch.js';
import { numberText } from '../../ui/number-text.js';
import { Paged } from '../../ui/paged.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';

/** Charts drawn at once; a subsystem with a hundred metrics shows the others when asked. */
const PAGE_SIZE = 12;

/** The history of every metric of one subsystem. */
export function MetricCharts({ subject }: { subject: string }) {
  const query = useSeriesOf(subject);
  const metrics = query.data?.series.filter(({ kind }) => kind === 'metric').sort(byName) ?? [];
  return (
    <Panel title="Metrics" note={query.data && metrics.length}>
      <Loaded query={query} lines={4}>
        {() =>
          metrics.length === 0 ? (
            <Nothing>It has reported no metric yet.</Nothing>
          ) : (
            <Paged items={metrics} size={PAGE_SIZE}>
              {(shown) => (
                <div className="grid gap-x-5 gap-y-3 p-3 md:grid-cols-2 xl:grid-cols-3">
                  {shown.map((series) => (
                    <MetricChart key={series.metric} name={series} />
                  ))}
                </div>
              )}
            </Paged>
          )
        }
      </Loaded>
    </Panel>
  );
}

function MetricChart({ name }: { name: SeriesName }) {
  const query = useSeries(name, useRange());
  const { subject, metric } = name;
  return (
    <div className="min-w-0">
      <Loaded query={query} lines={3}>
        {(stretch) => (
          <Chart
            label={metric}
            {...stretch}
            heightPx={120}
            valueText={numberText}
            syncWith={`metrics of ${subject}`}
            isOld={query.isPlaceholderData}
          />
        )}
      </Loaded>
      <a
        href={hrefOf('trends', [], { kind: 'metric', subject, metric })}
        className="text-xs text-accent hover:underline"
      >
        Trend and anomalies<span className="sr-only"> of {metric}</span>
      </a>
    </div>
  );
}

function byName(a: SeriesListing, b: SeriesListing): number {
  return a.metric < b.metric ? -1 : 1;
}
