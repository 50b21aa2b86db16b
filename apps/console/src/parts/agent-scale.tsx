import { RefreshCw } from 'lucide-react';
import { useScale } from '../api/queries.js';
import { decisionText, replicasText, rollingText, ruleText } from '../labels/scale-text.js';
import { CommandButton } from '../ui/command-button.js';

const DECISIONS_SHOWN = 5;

/** How many processes an agent has and why; its processes can be replaced without a gap. */
export function AgentScale({ name }: { name: string }) {
  const { data: scale } = useScale(name);
  if (!scale) return null;
  const rolling = rollingText(scale);
  const facts: readonly (readonly [string, string])[] = [
    ['processes', replicasText(scale)],
    ['follows', ruleText(scale)],
    ...(scale.held > 0 ? [['calls that wait', String(scale.held)] as const] : []),
    ...(rolling === undefined ? [] : [['rolling restart', rolling] as const]),
    ...scale.decisions
      .slice(-DECISIONS_SHOWN)
      .reverse()
      .map((decision) => ['changed', decisionText(decision)] as const),
  ];
  return (
    <div className="mt-2 grid gap-1.5 rounded bg-raised px-2.5 py-1.5 text-xs">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3">
        {facts.map(([term, text]) => (
          <div key={`${term} ${text}`} className="contents">
            <dt className="text-faint">{term}</dt>
            <dd className="break-words text-soft">{text}</dd>
          </div>
        ))}
      </dl>
      <div>
        <CommandButton
          path={`api/agents/${encodeURIComponent(name)}/roll`}
          body={{}}
          label="Replace without a gap"
          describe={`Replace every process of ${name} without a gap`}
          icon={RefreshCw}
        />
      </div>
    </div>
  );
}
