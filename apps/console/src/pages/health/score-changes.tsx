import type { ScoreReason } from '@dreamnet/contracts';
import { useScoreReasons } from '../../api/queries.js';
import type { DomainRow } from '../../api/views.js';
import type { Range } from '../../chart/ranges.js';
import { Moment } from '../../ui/moment.js';
import { percentText } from '../../ui/number-text.js';
import { Paged } from '../../ui/paged.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { tellingChanges } from './telling-changes.js';

const PAGE_SIZE = 12;

/** When a score changed, and what pulled it down most then. */
export function ScoreChanges({ row, range }: { row: DomainRow; range: Range }) {
  const query = useScoreReasons(row.domain, range.spanMs);
  return (
    <Panel title={`Changes of ${row.label}`} note={`last ${range.label}, by two percent or more`}>
      <Loaded query={query} lines={3}>
        {({ reasons }) => {
          const changes = tellingChanges(reasons).reverse();
          return changes.length === 0 ? (
            <Nothing>The score did not change in this time.</Nothing>
          ) : (
            <Paged items={changes} size={PAGE_SIZE}>
              {(shown) => (
                <ul>
                  {shown.map((reason) => (
                    <Change key={reason.at} reason={reason} />
                  ))}
                </ul>
              )}
            </Paged>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function Change({ reason: { at, score, terms } }: { reason: ScoreReason }) {
  return (
    <li className="grid grid-cols-[5.5rem_3.5rem_minmax(0,1fr)] items-baseline gap-x-2 border-b border-line px-3 py-1.5 last:border-0">
      <span className="text-xs text-faint">
        <Moment at={at} />
      </span>
      <span className="font-semibold">{percentText(score)}</span>
      <ul className="min-w-0">
        {terms.length === 0 && <li className="text-xs text-soft">nothing pulled it down</li>}
        {terms.map(({ factor, source, loss, reason }) => (
          <li key={`${factor}/${source}`} className="text-xs sm:truncate" title={reason}>
            <span className="text-bad">−{percentText(loss)}</span>{' '}
            <span className="font-medium">{source}</span> <span className="text-soft">{reason}</span>
          </li>
        ))}
      </ul>
    </li>
  );
}
