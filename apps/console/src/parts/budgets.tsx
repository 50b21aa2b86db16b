import type { BudgetMeasureView, BudgetView } from '@dreamnet/contracts';
import { OctagonX, Snowflake } from 'lucide-react';
import { useBudgets, useStatus } from '../api/queries.js';
import { amountText, resetText, scopeText, shareTone } from '../labels/budget-text.js';
import { CommandButton } from '../ui/command-button.js';
import { useNow } from '../ui/now.js';
import { counted, percentText } from '../ui/number-text.js';
import { Panel } from '../ui/panel.js';
import { Rows } from '../ui/rows.js';
import { type Tone, toneText } from '../ui/tone.js';

const BAR: Readonly<Record<Tone, string>> = {
  good: 'bg-good',
  warn: 'bg-warn',
  bad: 'bg-bad',
  quiet: 'bg-faint',
};

/** What may be spent and what was; nothing where the fleet file has no budgets. */
export function Budgets() {
  const { data } = useBudgets();
  const isFrozen = (useStatus().data?.frozen ?? []).some(({ target }) => target === '*');
  if (!data || data.budgets.length === 0) return null;
  return (
    <Panel
      title="Budgets"
      note={data.budgets.length}
      aside={
        !isFrozen && (
          <span className="flex gap-1">
            <CommandButton
              path="api/freeze"
              body={{ reason: 'from the console' }}
              label="Freeze"
              describe="Freeze all spending"
              icon={Snowflake}
              isGuarded
            />
            <CommandButton
              path="api/freeze"
              body={{ reason: 'from the console', stop: true }}
              label="Freeze and stop"
              describe="Stop every agent that could spend, and freeze all spending"
              icon={OctagonX}
              isGuarded
            />
          </span>
        )
      }
    >
      <Rows>
        {data.budgets.map((budget) => (
          <Budget key={budget.name} budget={budget} />
        ))}
      </Rows>
    </Panel>
  );
}

function Budget({ budget }: { budget: BudgetView }) {
  const now = useNow();
  return (
    <li className="grid gap-1 border-b border-line px-3 py-2 last:border-0">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-semibold">{budget.name}</span>
        <span className="text-xs text-faint">{scopeText(budget)}</span>
        <span className="ml-auto text-xs text-soft">{resetText(budget, now)}</span>
      </p>
      <div className="grid grid-cols-[4.5rem_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 text-xs">
        {budget.measures.map((measure) => (
          <Measure key={measure.measure} of={budget.name} measure={measure} />
        ))}
      </div>
      {(budget.refused > 0 || budget.overridden !== null) && (
        <p className="text-xs text-warn">
          {[
            budget.refused > 0 && `${counted(budget.refused, 'refusal')} since the daemon started`,
            budget.overridden && `limits set by ${budget.overridden.by}`,
          ]
            .filter(Boolean)
            .join('; ')}
        </p>
      )}
    </li>
  );
}

function Measure({ of, measure }: { of: string; measure: BudgetMeasureView }) {
  const { used, limit, reserved } = measure;
  const share = limit === 0 ? 1 : used / limit;
  const tone = shareTone(share);
  return (
    <>
      <span className="text-soft">{measure.measure}</span>
      <meter className="sr-only" min={0} max={1} value={Math.min(1, share)}>
        {`${of}: ${percentText(share)} of ${measure.measure}`}
      </meter>
      <span aria-hidden className="h-1.5 overflow-hidden rounded bg-line">
        <span className={`block h-full ${BAR[tone]}`} style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
      <span className="text-right font-mono whitespace-nowrap">
        <span className={tone === 'good' ? '' : toneText(tone)}>{amountText(measure, used)}</span>
        <span className="text-faint"> / {amountText(measure, limit)}</span>
        {reserved > 0 && (
          <span className="text-faint" title="reserved, not told yet what was spent">
            {' '}
            ({amountText(measure, reserved)} reserved)
          </span>
        )}
      </span>
    </>
  );
}
