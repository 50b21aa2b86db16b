import type { MetricAnomaly } from '@dreamnet/contracts';
import { hrefOf } from '../../address/address.js';
import { useChoice } from '../../address/use-address.js';
import { type UnusualAnswer, useUnusual } from '../../api/queries.js';
import { Moment } from '../../ui/moment.js';
import { counted, numberText } from '../../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { Rows } from '../../ui/rows.js';
import { choiceOf } from './series-choice.js';

/** Those told last; all scores are beneath each series. */
const SHOWN = 8;

/** Which metrics were unusual last, as the daemon scored them when they came. */
export function Unusual() {
  const query = useUnusual();
  return (
    <Panel title="Unusual lately" note={query.data && watchedText(query.data.figures)}>
      <Loaded query={query} lines={3}>
        {({ anomalies, figures }) => {
          const told = newestTold(anomalies);
          return told.length === 0 ? (
            <Nothing>
              {figures.series === 0
                ? 'No metric has been reported since the daemon started.'
                : 'Nothing unusual since the daemon started.'}
            </Nothing>
          ) : (
            <Rows>
              {told.slice(0, SHOWN).map((anomaly) => (
                <Told key={`${anomaly.subsystem} ${anomaly.metric}`} anomaly={anomaly} />
              ))}
            </Rows>
          );
        }}
      </Loaded>
    </Panel>
  );
}

type ToldAnomaly = MetricAnomaly & Required<Pick<MetricAnomaly, 'lastTold'>>;

function newestTold(anomalies: readonly MetricAnomaly[]): ToldAnomaly[] {
  return anomalies
    .filter((anomaly): anomaly is ToldAnomaly => anomaly.lastTold !== undefined)
    .sort((a, b) => b.lastTold.at - a.lastTold.at);
}

function watchedText({ series, learning, refused }: UnusualAnswer['figures']): string {
  const parts = [counted(series, 'metric')];
  if (learning > 0) parts.push(`${learning.toLocaleString('en')} still learnt`);
  if (refused > 0) parts.push(`${counted(refused, 'value')} without a place`);
  return parts.join(', ');
}

function Told({ anomaly: { subsystem, metric, lastTold } }: { anomaly: ToldAnomaly }) {
  const [{ range = '' }] = useChoice();
  const series = { kind: 'metric', subject: subsystem, metric } as const;
  return (
    <li className="border-b border-line px-3 py-1.5 last:border-0">
      <a href={hrefOf('trends', [], { ...choiceOf(series), range })} className="group flex gap-x-2">
        <span className="min-w-0 flex-1 truncate">
          <span className="font-medium group-hover:underline">{subsystem}</span>{' '}
          <span className="font-mono text-[11px] text-faint">{metric}</span>
        </span>
        <span className="text-xs whitespace-nowrap text-faint">
          <Moment at={lastTold.at} />
        </span>
      </a>
      <p className="text-xs text-soft">
        {numberText(lastTold.value)}, score {numberText(lastTold.score)}: {lastTold.reason}
      </p>
    </li>
  );
}
