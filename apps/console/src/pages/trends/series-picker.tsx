import type { SeriesListing, SeriesName } from '@dreamnet/contracts';
import { useDeferredValue, useMemo } from 'react';
import { hrefOf } from '../../address/address.js';
import { useChoice } from '../../address/use-address.js';
import { useSeriesList } from '../../api/queries.js';
import { SearchField } from '../../ui/fields.js';
import { numberText, percentText } from '../../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { VirtualList } from '../../ui/virtual-list.js';
import { choiceOf, findSeries, isShare, keyOfSeries } from './series-choice.js';

const ROW_PX = 44;
const HIGHEST_PX = 440;

/** Every series there is; the chosen one is in the address. */
export function SeriesPicker({ chosen }: { chosen: SeriesName | undefined }) {
  const query = useSeriesList();
  const [{ q = '', range = '' }, choose] = useChoice();
  const sought = useDeferredValue(q);
  const all = query.data?.series;
  const found = useMemo(() => findSeries(all ?? [], sought), [all, sought]);
  return (
    <Panel title="Series" note={all && found.length}>
      <div className="flex border-b border-line p-2">
        <SearchField label="Subject or metric" value={q} onChange={(next) => choose({ q: next })} />
      </div>
      <Loaded query={query} lines={6}>
        {() =>
          found.length === 0 ? (
            <Nothing>{all?.length === 0 ? 'No series is kept yet.' : 'No series matches.'}</Nothing>
          ) : (
            <VirtualList
              label="Series"
              items={found}
              keyOf={keyOfSeries}
              rowPx={ROW_PX}
              highestPx={HIGHEST_PX}
            >
              {(series) => (
                <Row
                  series={series}
                  href={hrefOf('trends', [], { ...choiceOf(series), range, q })}
                  isChosen={chosen !== undefined && keyOfSeries(series) === keyOfSeries(chosen)}
                />
              )}
            </VirtualList>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Row({ series, href, isChosen }: { series: SeriesListing; href: string; isChosen: boolean }) {
  const { subject, metric, lastValue } = series;
  return (
    <a
      href={href}
      aria-current={isChosen ? 'true' : undefined}
      className="flex h-full items-center gap-2 border-l-2 border-transparent px-3 hover:bg-raised focus-visible:-outline-offset-2 aria-[current=true]:border-accent aria-[current=true]:bg-raised"
    >
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{subject}</span>
        <span className="block truncate font-mono text-[11px] text-faint">{metric}</span>
      </span>
      <span className="text-xs whitespace-nowrap text-soft">
        {lastValue === null ? '' : isShare(series) ? percentText(lastValue) : numberText(lastValue)}
      </span>
    </a>
  );
}
