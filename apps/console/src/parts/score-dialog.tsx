import type { HealthExplanation, HealthTerm } from '@dreamnet/contracts';
import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useExplanation } from '../api/queries.js';
import type { DOMAINS } from '../api/views.js';
import { Loaded, Nothing } from '../ui/panel.js';

type DomainRow = (typeof DOMAINS)[number];

/** Every term of one score: what it adds and what it costs. */
export function ScoreDialog({ row, onClose }: { row: DomainRow | null; onClose: () => void }) {
  const query = useExplanation(row?.domain ?? 'infra', row !== null);
  return (
    <Dialog.Root open={row !== null} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 bg-black/40" />
        <Dialog.Content className="fixed inset-x-2 top-2 mx-auto flex max-h-[calc(100dvh-1rem)] max-w-2xl flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-2xl sm:top-[8vh] sm:max-h-[84vh]">
          <header className="flex items-center gap-2 border-b border-line px-4 py-3">
            <div>
              <Dialog.Title className="text-base font-semibold">{row?.label}</Dialog.Title>
              <Dialog.Description className="text-xs text-faint">
                What the score is made of, largest loss first
              </Dialog.Description>
            </div>
            <Dialog.Close
              aria-label="Close"
              className="ml-auto inline-flex size-8 items-center justify-center rounded text-soft hover:bg-raised"
            >
              <X aria-hidden size={16} />
            </Dialog.Close>
          </header>
          <div className="overflow-y-auto">
            <Loaded query={query} lines={5}>
              {(explanation) => <Terms explanation={explanation} />}
            </Loaded>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Terms({ explanation }: { explanation: HealthExplanation }) {
  const { score, confidence, terms, missingFactors } = explanation;
  const sorted = [...terms].sort((a, b) => b.loss - a.loss || b.contribution - a.contribution);
  return (
    <>
      <p className="px-4 pt-3 text-soft">
        Score <strong className="text-text">{percent(score)}</strong>, confidence{' '}
        <strong className="text-text">{percent(confidence)}</strong>
        {missingFactors.length > 0 && (
          <span>
            . No data for <span className="font-mono text-xs">{missingFactors.join(', ')}</span>: left out of
            the score.
          </span>
        )}
      </p>
      {sorted.length === 0 ? (
        <Nothing>Nothing has reported to this domain yet, so there is nothing to add up.</Nothing>
      ) : (
        <ul className="p-4 pt-2">
          {sorted.map((term) => (
            <Term key={`${term.factor}/${term.source}`} term={term} />
          ))}
        </ul>
      )}
    </>
  );
}

function Term({ term }: { term: HealthTerm }) {
  const share = term.contribution + term.loss;
  const filled = share === 0 ? 0 : (term.contribution / share) * 100;
  return (
    <li className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-0.5 border-b border-line py-2 last:border-0">
      <span className="min-w-0 truncate">
        <span className="font-medium">{term.source}</span>{' '}
        <span className="font-mono text-xs text-faint">{term.factor}</span>
      </span>
      <span className="text-right text-xs whitespace-nowrap text-soft">
        {percent(term.value)} × {percent(share)} of the score
        {term.loss >= 0.001 && <span className="ml-2 text-bad">−{percent(term.loss)}</span>}
      </span>
      <span className="text-xs text-soft">{term.reason}</span>
      <span aria-hidden className="mt-1.5 flex h-1 w-32 justify-self-end overflow-hidden rounded bg-bad">
        <span className="bg-good" style={{ width: `${filled}%` }} />
      </span>
    </li>
  );
}

function percent(value: number): string {
  const shown = value * 100;
  return `${shown > 0 && shown < 10 ? shown.toFixed(1) : Math.round(shown)} %`;
}
