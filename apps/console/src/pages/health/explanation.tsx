import type { HealthExplanation, HealthTerm } from '@dreamnet/contracts';
import { useMemo } from 'react';
import { useExplanation } from '../../api/queries.js';
import type { DomainRow } from '../../api/views.js';
import { percentText } from '../../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { VirtualList } from '../../ui/virtual-list.js';
import { type ExplainedRow, explainedRows, type FactorRow } from './explained-rows.js';

const ROW_PX = 46;
const HIGHEST_PX = 552;
/** A loss below a tenth of a percent is shown as none. */
const LEAST_LOSS = 0.0005;

/** What one domain's score is made of, to the last term, what pulls it down first. */
export function Explanation({ row }: { row: DomainRow }) {
  const query = useExplanation(row.domain, true);
  return (
    <Panel title={`What makes up ${row.label}`} note={query.data && sumText(query.data)}>
      <Loaded query={query} lines={6}>
        {(explanation) => <Terms explanation={explanation} />}
      </Loaded>
    </Panel>
  );
}

/** The account: what is there and what is missing make up the whole. */
function sumText({ score, confidence, terms }: HealthExplanation): string {
  if (confidence === 0) return 'no data yet';
  const lost = terms.reduce((sum, { loss }) => sum + loss, 0);
  return `${percentText(score)} there, ${percentText(lost)} lost`;
}

function Terms({ explanation }: { explanation: HealthExplanation }) {
  const rows = useMemo(() => explainedRows(explanation), [explanation]);
  if (explanation.confidence === 0)
    return (
      <Nothing>
        Nothing has reported to this domain yet. Its score stands at {percentText(explanation.score)} and
        means nothing.
      </Nothing>
    );
  return (
    <>
      <p className="border-b border-line px-3 py-1.5 text-xs text-soft">
        Each line: its value, its share of the score, and what it costs. Confidence{' '}
        {percentText(explanation.confidence)}
        {explanation.confidence < 1 && ': factors without data are left out'}.
      </p>
      <VirtualList
        label="Terms of the score"
        items={rows}
        keyOf={keyOf}
        rowPx={ROW_PX}
        highestPx={HIGHEST_PX}
        isReadOnly
      >
        {(row) => <Line row={row} />}
      </VirtualList>
    </>
  );
}

function keyOf(row: ExplainedRow): string {
  return row.kind === 'term' ? `${row.term.factor}/${row.term.source}` : `${row.kind}/${row.factor}`;
}

function Line({ row }: { row: ExplainedRow }) {
  if (row.kind === 'factor') return <Factor row={row} />;
  if (row.kind === 'term') return <Term term={row.term} share={row.share} />;
  return (
    <p className="flex h-full items-center gap-2 px-3 text-soft">
      <span className="font-mono text-xs">{row.factor}</span>
      <span className="text-xs text-faint">no data: left out of the score</span>
    </p>
  );
}

function Factor({ row }: { row: FactorRow }) {
  return (
    <div className="flex h-full items-center gap-3 bg-raised px-3">
      <p className="min-w-0 flex-1 truncate">
        <span className="font-mono text-xs font-semibold">{row.factor}</span>{' '}
        <span className="text-xs text-faint">{row.terms === 1 ? '1 term' : `${row.terms} terms`}</span>
      </p>
      <Value value={row.share === 0 ? 0 : row.contribution / row.share} share={row.share} loss={row.loss} />
    </div>
  );
}

function Term({ term, share }: { term: HealthTerm; share: number }) {
  return (
    <div className="flex h-full items-center gap-3 pr-3 pl-5" title={`${term.source}: ${term.reason}`}>
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{term.source}</p>
        <p className="truncate text-xs text-soft">{term.reason}</p>
      </div>
      <Value value={term.value} share={share} loss={term.loss} />
    </div>
  );
}

function Value({ value, share, loss }: { value: number; share: number; loss: number }) {
  return (
    <div className="flex shrink-0 items-center gap-3 text-xs whitespace-nowrap">
      <span aria-hidden className="flex h-1.5 w-16 overflow-hidden rounded bg-bad/80 max-sm:hidden">
        <span className="bg-good" style={{ width: `${value * 100}%` }} />
      </span>
      <span className="w-24 text-right text-soft">
        {percentText(value)} <span className="text-faint">× {percentText(share)}</span>
      </span>
      <span className={`w-12 text-right ${loss >= LEAST_LOSS ? 'font-semibold text-bad' : 'text-faint'}`}>
        {loss >= LEAST_LOSS ? `−${percentText(loss)}` : '–'}
      </span>
    </div>
  );
}
