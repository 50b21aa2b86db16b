import type { StatusView } from '@dreamnet/contracts';
import { hrefOf } from '../../address/address.js';
import { useStatus } from '../../api/queries.js';
import { useSeries } from '../../api/series.js';
import { DOMAINS, type DomainRow } from '../../api/views.js';
import { Chart } from '../../chart/chart.js';
import type { Range } from '../../chart/ranges.js';
import { scoreTone } from '../../parts/scores.js';
import { percentText } from '../../ui/number-text.js';
import { Loaded } from '../../ui/panel.js';
import { ToneIcon, toneText } from '../../ui/tone.js';

/** Room above 100 % so that a perfect line is seen. */
const SCORE_RANGE = [0, 1.03] as const;
const CHART_PX = 116;

interface ScoreChartsProps {
  chosen: DomainRow;
  range: Range;
}

/** The four scores with their history; each leads to what it is made of. */
export function ScoreCharts({ chosen, range }: ScoreChartsProps) {
  const status = useStatus().data;
  return (
    <section aria-label="Health scores" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
      {DOMAINS.map((row) => (
        <ScoreChart key={row.domain} row={row} range={range} status={status} isChosen={row === chosen} />
      ))}
    </section>
  );
}

interface ScoreChartProps {
  row: DomainRow;
  range: Range;
  status: StatusView | undefined;
  isChosen: boolean;
}

function ScoreChart({ row, range, status, isChosen }: ScoreChartProps) {
  const query = useSeries({ kind: 'score', subject: row.domain, metric: 'score' }, range);
  const confidence = status?.explanations.find(({ domain }) => domain === row.domain)?.confidence ?? 0;
  const score = status?.snapshot.globalHealth[row.score] ?? 0;
  const tone = scoreTone(score, confidence);
  return (
    <article
      className={`min-w-0 rounded-lg border bg-surface ${isChosen ? 'border-accent' : 'border-line hover:border-faint'}`}
    >
      <a
        href={hrefOf('health', [row.domain], { range: range.id })}
        aria-current={isChosen ? 'true' : undefined}
        className="flex items-center gap-2 rounded-t-lg px-3 pt-2"
      >
        <ToneIcon tone={tone} />
        <h2 className="font-semibold">{row.label}</h2>
        <span className={`ml-auto text-xl font-semibold tracking-tight ${toneText(tone)}`}>
          {confidence > 0 ? percentText(score) : 'no data'}
        </span>
      </a>
      <div className="min-h-[152px] px-3 pb-2">
        <Loaded query={query} lines={3}>
          {(stretch) => (
            <Chart
              label={`Last ${range.label}`}
              {...stretch}
              range={SCORE_RANGE}
              heightPx={CHART_PX}
              valueText={percentText}
              syncWith="scores"
              isOld={query.isPlaceholderData}
            />
          )}
        </Loaded>
        {status && confidence === 0 && (
          <p className="text-xs text-faint">Without data a score stands at 50 %, which means nothing.</p>
        )}
      </div>
    </article>
  );
}
