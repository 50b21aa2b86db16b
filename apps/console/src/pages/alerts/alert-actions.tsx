import type { AlertView } from '@dreamnet/contracts';
import { Check, Eye, type LucideIcon, XCircle } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { failureText } from '../../api/http.js';
import { useCommand } from '../../api/queries.js';
import { isPosted } from '../../labels/alert-text.js';
import { Button } from '../../ui/button.js';
import { Labelled, TextField } from '../../ui/fields.js';

type Verb = 'acknowledge' | 'resolve' | 'close';

interface Action {
  verb: Verb;
  label: string;
  icon: LucideIcon;
  /** Said while the reason is asked for. */
  about: string;
  isPossible: (alert: AlertView) => boolean;
}

const isOpen = ({ state }: AlertView) => state === 'detected' || state === 'active';

const ACTIONS: readonly Action[] = [
  {
    verb: 'acknowledge',
    label: 'Acknowledge',
    icon: Eye,
    about: 'Somebody is at it: it is not told again and not escalated; its end will be told.',
    isPossible: (alert) => isOpen(alert) && alert.acknowledgedBy === undefined,
  },
  {
    verb: 'resolve',
    label: 'Resolve',
    icon: Check,
    about: 'It is over. When its condition still holds, it comes again.',
    isPossible: isOpen,
  },
  {
    verb: 'close',
    label: 'Close',
    icon: XCircle,
    about: 'Done with; kept for the record.',
    isPossible: ({ state }) => state !== 'closed',
  },
];

/** What a person can do about an alert. Each asks why; who it was is known from the token, and both go into the audit trail. */
export function AlertActions({ alert }: { alert: AlertView }) {
  const [chosen, setChosen] = useState<Action | undefined>();
  if (isPosted(alert))
    return (
      <p className="w-full text-soft">
        Posted from elsewhere: it ends when its sender says so, or stops sending it.
      </p>
    );
  return (
    <>
      {ACTIONS.filter(({ isPossible }) => isPossible(alert)).map((action) => (
        <Button
          key={action.verb}
          aria-expanded={chosen === action}
          onClick={() => setChosen(chosen === action ? undefined : action)}
        >
          <action.icon aria-hidden size={13} />
          {action.label}
        </Button>
      ))}
      {chosen && (
        <WhyForm key={chosen.verb} alert={alert} action={chosen} onDone={() => setChosen(undefined)} />
      )}
    </>
  );
}

interface WhyFormProps {
  alert: AlertView;
  action: Action;
  onDone: () => void;
}

function WhyForm({ alert, action, onDone }: WhyFormProps) {
  const [why, setWhy] = useState('');
  const command = useCommand(`api/alerts/${encodeURIComponent(alert.id)}/${action.verb}`);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = why.trim() === '' ? undefined : { why: why.trim() };
    command.mutate(body, { onSuccess: onDone });
  };
  // What was typed stays, however the alert changes meanwhile.
  const isTooLate = !command.isPending && !action.isPossible(alert);
  return (
    <form onSubmit={submit} className="order-last grid w-full gap-2 rounded bg-raised p-3">
      <p className="text-xs text-soft">{action.about}</p>
      <Labelled label="Why (may be left empty)">
        {(id) => (
          <TextField
            id={id}
            autoFocus
            maxLength={2_000}
            value={why}
            onChange={(event) => setWhy(event.target.value)}
            className="w-full"
          />
        )}
      </Labelled>
      {isTooLate && (
        <p role="status" className="text-warn">
          Not possible any more: it is{' '}
          {isOpen(alert) ? `acknowledged by ${alert.acknowledgedBy}` : alert.state}.
        </p>
      )}
      {command.error && (
        <p role="alert" className="text-bad">
          {failureText(command.error)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="main" disabled={command.isPending || isTooLate}>
          {action.label}
        </Button>
      </div>
    </form>
  );
}
