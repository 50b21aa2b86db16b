import type { Evidence as EvidenceRecord } from '@dreamnet/contracts';
import { ChevronRight } from 'lucide-react';

/** What was seen, as it was seen; folded away until wanted. */
export function Evidence({ evidence }: { evidence: EvidenceRecord }) {
  const entries = Object.entries(evidence);
  if (entries.length === 0) return null;
  return (
    <details className="group mt-0.5">
      <summary className="inline-flex list-none items-center gap-0.5 rounded text-xs text-faint hover:text-text">
        <ChevronRight aria-hidden size={12} className="transition-transform group-open:rotate-90" />
        evidence
      </summary>
      <dl className="mt-1 grid grid-cols-[minmax(5rem,auto)_1fr] gap-x-3 gap-y-0.5 rounded bg-raised p-2 font-mono text-[11px]">
        {entries.map(([key, value]) => (
          <div key={key} className="contents">
            <dt className="text-faint">{key}</dt>
            <dd className="break-words whitespace-pre-wrap">{valueText(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1);
}
