import type { Evidence as EvidenceRecord } from '@dreamnet/contracts';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

interface EvidenceProps {
  evidence: EvidenceRecord;
  /** What the evidence is for; pressing it shows the evidence. */
  children?: ReactNode;
}

/** What was seen, as it was seen; folded away until wanted. */
export function Evidence({ evidence, children }: EvidenceProps) {
  const entries = Object.entries(evidence);
  if (entries.length === 0) return <div>{children}</div>;
  return (
    <details className="group">
      <summary className="inline-flex max-w-full list-none items-baseline gap-1 rounded">
        {children}
        <span className="inline-flex shrink-0 items-center text-xs text-faint group-hover:text-text">
          <ChevronRight aria-hidden size={12} className="transition-transform group-open:rotate-90" />
          <span className={children === undefined ? '' : 'sr-only'}>evidence</span>
        </span>
      </summary>
      <dl className="mt-1 grid grid-cols-[minmax(5rem,auto)_minmax(0,1fr)] gap-x-3 gap-y-0.5 rounded bg-raised p-2 font-mono text-[11px]">
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
