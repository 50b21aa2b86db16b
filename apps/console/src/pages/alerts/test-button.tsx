import { Send } from 'lucide-react';
import { failureText } from '../../api/http.js';
import { useCommand } from '../../api/queries.js';
import { Button } from '../../ui/button.js';
import { ToneIcon } from '../../ui/tone.js';
import { type ReceiverTrial, trialWords } from './trial-words.js';

/** Tells a receiver something as a trial and says what came of it, way by way. */
export function TestButton({ name }: { name: string }) {
  const command = useCommand(`api/receivers/${encodeURIComponent(name)}/test`);
  const answer = command.data as { trials: readonly ReceiverTrial[] } | undefined;
  return (
    <div className="flex min-w-0 flex-wrap items-center justify-end gap-2 text-xs">
      <div role="status" className="flex min-w-0 flex-wrap justify-end gap-2 break-words text-soft">
        {command.isPending && 'telling …'}
        {!command.isPending && command.error && (
          <span className="text-bad">{failureText(command.error)}</span>
        )}
        {!command.isPending &&
          answer?.trials.map((trial) => (
            <span key={trial.notifier} className="inline-flex min-w-0 items-center gap-1">
              <ToneIcon tone={trial.ok ? 'good' : 'bad'} />
              <span className="min-w-0 break-words">{trialWords(trial)}</span>
            </span>
          ))}
      </div>
      <Button
        aria-label={`Send a test to ${name}`}
        disabled={command.isPending}
        onClick={() => command.mutate(undefined)}
      >
        <Send aria-hidden size={13} />
        Send a test
      </Button>
    </div>
  );
}
