import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { isNoAnswer } from '../api/http.js';
import { forgetRefusal, refusalsNow, subscribeRefusals } from './told-refusals.js';

/** What was refused or not answered stays over the page until it is put away: a refusal nobody read did not happen. */
export function Refusals() {
  const refusals = useSyncExternalStore(subscribeRefusals, refusalsNow);
  if (refusals.length === 0) return null;
  return (
    <div className="fixed inset-x-3 bottom-3 z-20 mx-auto grid max-h-[60dvh] max-w-lg gap-2 overflow-y-auto">
      {refusals.map(({ what, error }) => (
        <div
          key={what}
          role="alert"
          className="flex items-start gap-3 rounded-lg border border-bad bg-surface p-3 shadow-2xl"
        >
          <p className="min-w-0 flex-1 break-words">
            <strong className="text-bad">
              {what}: {isNoAnswer(error) ? 'no answer' : 'refused'}.
            </strong>{' '}
            {error.message}
          </p>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => forgetRefusal(what)}
            className="inline-flex size-7 shrink-0 items-center justify-center rounded text-soft hover:bg-raised"
          >
            <X aria-hidden size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
