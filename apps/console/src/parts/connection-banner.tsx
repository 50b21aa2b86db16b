import { RefreshCw } from 'lucide-react';
import { useIsLost, useLive } from '../api/live.js';
import { useStatus } from '../api/queries.js';
import { useNow } from '../ui/now.js';
import { durationText } from '../ui/time-text.js';

/** Lies over the lower edge, so that nothing moves, while the daemon does not answer. */
export function ConnectionBanner() {
  const { connection, retryNow } = useLive();
  const { dataUpdatedAt } = useStatus();
  const now = useNow();
  const isLost = useIsLost();
  if (!isLost) return null;
  const retryAt = connection.state === 'lost' ? connection.retryAt : now;
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1_000));
  return (
    <div
      role="alert"
      className="fixed inset-x-0 bottom-0 z-10 border-t border-bad bg-bad-wash px-4 py-2.5 text-bad"
    >
      <div className="mx-auto flex max-w-[1600px] flex-wrap items-center gap-x-4 gap-y-1">
        <p className="font-semibold">The daemon does not answer</p>
        <p className="text-text">
          {dataUpdatedAt > 0 && `What you see is ${durationText(now - dataUpdatedAt)} old. `}
          {seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again.'} If it was stopped:{' '}
          <code className="font-mono">dreamnet up</code>. The agents go on without it.
        </p>
        <button
          type="button"
          onClick={retryNow}
          className="ml-auto inline-flex h-8 items-center gap-1.5 rounded border border-bad px-2.5 font-medium hover:bg-surface"
        >
          <RefreshCw aria-hidden size={13} />
          Try now
        </button>
      </div>
    </div>
  );
}
