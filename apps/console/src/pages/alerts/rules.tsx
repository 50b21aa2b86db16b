import type { RuleView } from '@dreamnet/contracts';
import { useMemo } from 'react';
import { hrefOf } from '../../address/address.js';
import { useChoice } from '../../address/use-address.js';
import { visibleText } from '../../api/foreign-text.js';
import { useRules } from '../../api/queries.js';
import { SearchField } from '../../ui/fields.js';
import { counted } from '../../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { Rows } from '../../ui/rows.js';
import { durationText } from '../../ui/time-text.js';
import { Badge, SEVERITY_TONE } from '../../ui/tone.js';

/** Subsystems named beside a rule; the others are counted. */
const NAMED = 8;

/** The rules by which alerts are raised, the firing ones first. */
export function Rules() {
  const query = useRules();
  const [{ q = '' }, choose] = useChoice();
  const all = query.data?.rules;
  const found = useMemo(() => {
    const sought = q.trim().toLowerCase();
    return (all ?? [])
      .filter(({ name, condition }) => `${name}\n${condition}`.toLowerCase().includes(sought))
      .sort((a, b) => b.firing.length - a.firing.length || (a.name < b.name ? -1 : 1));
  }, [all, q]);
  return (
    <Panel title="Rules" note={all?.length}>
      <div className="flex border-b border-line p-2">
        <SearchField label="Name or condition" value={q} onChange={(next) => choose({ q: next })} />
      </div>
      <Loaded query={query} lines={4}>
        {() =>
          found.length === 0 ? (
            <Nothing>
              {all?.length === 0 ? (
                <>
                  No rules of your own. Write some below <code>alerts: rules:</code> in{' '}
                  <code>dreamnet.yaml</code>.
                </>
              ) : (
                'No rule matches.'
              )}
            </Nothing>
          ) : (
            <Rows>
              {found.map((rule) => (
                <Rule key={rule.name} rule={rule} />
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Rule({ rule }: { rule: RuleView }) {
  const { name, on, condition, severity, type, forMs, keepFiringForMs, labels, annotations, firing } = rule;
  return (
    <li className="border-b border-line px-3 py-2 last:border-0">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-semibold">{name}</span>
        <Badge tone={SEVERITY_TONE[severity]}>{severity}</Badge>
        <span className="text-xs text-faint">
          {type}, on {on}
        </span>
        <span className={`ml-auto text-xs ${firing.length > 0 ? 'font-semibold text-bad' : 'text-faint'}`}>
          {firing.length > 0 ? `fires for ${counted(firing.length, 'subsystem')}` : 'quiet'}
        </span>
      </p>
      <p className="font-mono text-xs break-words text-soft">{condition}</p>
      <p className="mt-0.5 flex flex-wrap gap-x-3 text-xs text-faint">
        <span>for {forMs === 0 ? 'no time: at once' : durationText(forMs)}</span>
        {keepFiringForMs > 0 && <span>keeps firing {durationText(keepFiringForMs)}</span>}
        {Object.entries({ ...labels, ...annotations }).map(([key, value]) => (
          <span key={key} className="break-words">
            {key}: <span className="text-soft">{visibleText(value)}</span>
          </span>
        ))}
      </p>
      {firing.length > 0 && (
        <p className="mt-1 flex flex-wrap gap-x-2 text-xs">
          {firing.slice(0, NAMED).map((subsystem) => (
            <a
              key={subsystem}
              className="text-accent hover:underline"
              href={hrefOf('alerts', [], { subsystem })}
            >
              {subsystem}
            </a>
          ))}
          {firing.length > NAMED && <span className="text-soft">and {firing.length - NAMED} more</span>}
        </p>
      )}
    </li>
  );
}
