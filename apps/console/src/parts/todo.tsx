import type { IntegrationGap, RecoveryAction } from '@dreamnet/contracts';
import { Check, Play, Wrench, X } from 'lucide-react';
import { useActions, useGaps } from '../api/queries.js';
import { CommandButton } from '../ui/command-button.js';
import { useNow } from '../ui/now.js';
import { counted } from '../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../ui/panel.js';
import { Rows } from '../ui/rows.js';
import { durationText } from '../ui/time-text.js';
import { Badge, SEVERITY_TONE, ToneIcon } from '../ui/tone.js';

/** Gaps shown; the others are counted. */
const SHOWN = 50;

/** What waits for a person: remedies that need approval or were only proposed, and what is not wired up with what to do about it. */
export function Todo() {
  const gaps = useGaps();
  const waiting = (useActions().data?.actions ?? []).filter(
    ({ state }) => state === 'needs_approval' || state === 'proposed',
  );
  const open = gaps.data?.gaps.filter(({ state }) => state !== 'fixed') ?? [];
  const isFixable = open.some(({ fix }) => fix !== undefined);
  return (
    <Panel
      title="Waiting for you"
      note={open.length + waiting.length || undefined}
      aside={isFixable && <CommandButton path="api/gaps/fix" label="Fix what can be fixed" icon={Wrench} />}
    >
      <Loaded query={gaps} lines={2}>
        {() => (
          <Rows>
            {waiting.map((action) => (
              <Approval key={action.id} action={action} />
            ))}
            {open.slice(0, SHOWN).map((gap) => (
              <Gap key={gap.id} gap={gap} />
            ))}
            {open.length > SHOWN && (
              <li className="px-3 py-2 text-xs text-soft">
                {counted(open.length - SHOWN, 'gap')} more: <code className="font-mono">dreamnet gaps</code>
              </li>
            )}
            {open.length + waiting.length === 0 && (
              <li>
                <Nothing>Nothing. All that was declared is wired up, and no remedy waits for a word.</Nothing>
              </li>
            )}
          </Rows>
        )}
      </Loaded>
    </Panel>
  );
}

function Approval({ action }: { action: RecoveryAction }) {
  const now = useNow();
  const path = `api/recovery-actions/${encodeURIComponent(action.id)}`;
  return (
    <li className="flex flex-wrap gap-2.5 border-b border-line px-3 py-2 last:border-0">
      <span className="pt-0.5">
        <ToneIcon tone="warn" />
      </span>
      <div className="min-w-40 flex-1">
        <p className="break-words">
          <span className="font-semibold">{action.subsystem}</span> {action.description}
        </p>
        <p className="text-xs text-soft">{action.reason}</p>
        <p className="mt-0.5 flex items-center gap-2 text-xs text-faint">
          <Badge tone={action.risk === 'high' ? 'bad' : 'warn'}>{action.risk} risk</Badge>
          {action.expiresAt !== undefined &&
            `expires in ${durationText(Math.max(0, action.expiresAt - now))}`}
        </p>
      </div>
      <div className="flex shrink-0 items-start gap-1">
        <CarryOut action={action} path={path} />
        <CommandButton
          path={`${path}/reject`}
          label="Reject"
          describe={`Reject: ${action.description}`}
          icon={X}
        />
      </div>
    </li>
  );
}

/** What was only proposed is carried out by the press; a person's own work has nothing to press. */
function CarryOut({ action, path }: { action: RecoveryAction; path: string }) {
  if (action.executor !== 'pipeline') return null;
  const { description } = action;
  return action.state === 'proposed' ? (
    <CommandButton
      path={`${path}/execute`}
      label="Carry out"
      describe={`Carry out: ${description}`}
      icon={Play}
    />
  ) : (
    <CommandButton
      path={`${path}/approve`}
      label="Approve"
      describe={`Approve: ${description}`}
      icon={Check}
    />
  );
}

function Gap({ gap }: { gap: IntegrationGap }) {
  return (
    <li className="flex gap-2.5 border-b border-line px-3 py-2 last:border-0">
      <span className="pt-0.5">
        <ToneIcon tone={SEVERITY_TONE[gap.severity]} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="break-words">
          <span className="font-semibold">{gap.subsystem}</span> {gap.description}
        </p>
        <dl className="mt-0.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-xs text-soft">
          <dt className="text-faint">expected</dt>
          <dd className="break-words">{gap.expected}</dd>
          <dt className="text-faint">observed</dt>
          <dd className="break-words">{gap.observed}</dd>
          {gap.declaredAt && (
            <>
              <dt className="text-faint">declared</dt>
              <dd className="font-mono break-all">
                {gap.declaredAt.file}:{gap.declaredAt.line}:{gap.declaredAt.column}
              </dd>
            </>
          )}
        </dl>
        <WhatToDo gap={gap} />
      </div>
    </li>
  );
}

function WhatToDo({ gap }: { gap: IntegrationGap }) {
  if (gap.state === 'fixing') return <p className="mt-1 text-xs text-accent">Being fixed.</p>;
  const failed = gap.state === 'fix_failed' ? 'The fix did not hold. ' : '';
  if (gap.remedyHint !== undefined)
    return (
      <p className="mt-1 text-xs">
        {failed}
        <code className="inline-block rounded bg-raised px-1.5 py-0.5 font-mono break-all select-all">
          {gap.remedyHint}
        </code>
      </p>
    );
  return (
    <p className="mt-1 text-xs text-soft">
      {failed}
      {gap.fix ? `It can be fixed here: ${gap.fix.description}` : 'It needs a person; no fix is known.'}
    </p>
  );
}
