import type { LabelMatcher } from '@dreamnet/contracts';
import { type FormEvent, useState } from 'react';
import { failureText } from '../../api/http.js';
import { useAlerts, useCommand } from '../../api/queries.js';
import { matcherText } from '../../labels/matchers.js';
import { Button } from '../../ui/button.js';
import { Labelled, Segments } from '../../ui/fields.js';
import { counted } from '../../ui/number-text.js';
import { Sheet } from '../../ui/sheet.js';
import { momentText } from '../../ui/time-text.js';
import { MatcherRows } from './matcher-rows.js';
import { DURATIONS, newDraft, problemsOf, type SilenceDraft, wishOfDraft } from './silence-draft.js';
import { WindowFields } from './window-fields.js';

interface SilenceSheetProps {
  matchers: readonly LabelMatcher[];
  onClose: () => void;
}

/** Asks what is to be silenced, for how long and why. */
export function SilenceSheet({ matchers, onClose }: SilenceSheetProps) {
  return (
    <Sheet
      isOpen
      onClose={onClose}
      title="Silence"
      about="Alerts that match are kept and shown; nobody is told of them while it lasts."
    >
      <SilenceForm matchers={matchers} onDone={onClose} />
    </Sheet>
  );
}

function SilenceForm({ matchers, onDone }: { matchers: readonly LabelMatcher[]; onDone: () => void }) {
  const [draft, setDraft] = useState<SilenceDraft>(() => newDraft(matchers));
  const [isTried, setTried] = useState(false);
  const change = (patch: Partial<SilenceDraft>) => setDraft({ ...draft, ...patch });
  const command = useCommand('api/silences');
  const problems = problemsOf(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problems.length === 0) command.mutate(wishOfDraft(draft), { onSuccess: onDone });
  };
  return (
    <form onSubmit={submit} className="grid gap-4 p-4">
      <MatcherRows matchers={draft.matchers} onChange={(next) => change({ matchers: next })} />
      <Preview matchers={draft.matchers} />
      <div>
        <p className="mb-1 text-xs text-soft">For how long</p>
        <div className="overflow-x-auto">
          <Segments
            label="For how long"
            value={String(draft.forMs)}
            options={DURATIONS as readonly { id: string; label: string }[]}
            onChange={(id) => change({ forMs: Number(id) })}
          />
        </div>
        <p className="mt-1 text-xs text-faint">until {momentText(Date.now() + draft.forMs)}</p>
      </div>
      <WindowFields window={draft.window} onChange={(window) => change({ window })} />
      <Labelled label="Why">
        {(id) => (
          <textarea
            id={id}
            rows={2}
            value={draft.comment}
            onChange={(event) => change({ comment: event.target.value })}
            className="w-full rounded border border-line bg-ground px-2 py-1.5"
          />
        )}
      </Labelled>
      {isTried && <Problems problems={problems} refusal={command.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="main" disabled={command.isPending}>
          Silence
        </Button>
      </div>
    </form>
  );
}

/** Enough to name a few subsystems; the daemon counts the rest. */
const PREVIEWED = 50;

/** What of now it would be about: a condition with a slip of the pen shows at once. */
function Preview({ matchers }: { matchers: readonly LabelMatcher[] }) {
  const match = matchers.map(matcherText).join(',');
  const { data, error } = useAlerts({ state: 'open', match, limit: PREVIEWED });
  // Without a condition nothing may be silenced; one that cannot be read is told of when it is sent.
  if (!data || error || matchers.length === 0) return null;
  const names = [...new Set(data.alerts.map(({ subsystem }) => subsystem))];
  return (
    <p role="status" className="-mt-2 text-xs text-soft">
      Matches {counted(data.total, 'open alert')} now
      {names.length > 0 && `: ${names.slice(0, 6).join(', ')}${names.length > 6 ? ', …' : ''}`}.
    </p>
  );
}

function Problems({ problems, refusal }: { problems: readonly string[]; refusal: Error | null }) {
  if (problems.length === 0 && !refusal) return null;
  return (
    <ul role="alert" className="rounded bg-bad-wash px-3 py-2 text-bad">
      {problems.map((problem) => (
        <li key={problem}>{problem}</li>
      ))}
      {refusal && <li>{failureText(refusal)}</li>}
    </ul>
  );
}
