import type { SilenceView } from '@dreamnet/contracts';
import { BellOff, BellRing } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useChoice } from '../../address/use-address.js';
import { visibleText } from '../../api/foreign-text.js';
import { useSilences } from '../../api/queries.js';
import { matcherText } from '../../labels/matchers.js';
import { windowText } from '../../labels/window-text.js';
import { Button } from '../../ui/button.js';
import { CommandButton } from '../../ui/command-button.js';
import { SearchField } from '../../ui/fields.js';
import { Moment } from '../../ui/moment.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { Rows } from '../../ui/rows.js';
import { Badge, type Tone } from '../../ui/tone.js';
import { SilenceSheet } from './silence-form.js';

/** More are found by text: the list of a year is long. */
const SHOWN = 100;
const STATE_TONE: Readonly<Record<SilenceView['state'], Tone>> = {
  active: 'warn',
  pending: 'quiet',
  expired: 'quiet',
};

/** Every silence: what it is about, who made it and why, and the button that ends it. */
export function Silences() {
  const query = useSilences();
  const [{ q = '' }, choose] = useChoice();
  const [isMaking, setMaking] = useState(false);
  const all = query.data?.silences;
  const found = useMemo(() => (all ?? []).filter((silence) => isFound(silence, q)), [all, q]);
  return (
    <Panel
      title="Silences"
      note={all && (found.length === all.length ? all.length : `${found.length} of ${all.length}`)}
      aside={
        <Button onClick={() => setMaking(true)}>
          <BellOff aria-hidden size={13} />
          New silence
        </Button>
      }
    >
      <div className="flex border-b border-line p-2">
        <SearchField
          label="Label, comment, person or id"
          value={q}
          onChange={(next) => choose({ q: next })}
        />
      </div>
      <Loaded query={query} lines={4}>
        {() =>
          found.length === 0 ? (
            <Nothing>{all?.length === 0 ? 'Nothing is silenced.' : 'No silence matches.'}</Nothing>
          ) : (
            <Rows>
              {found.slice(0, SHOWN).map((silence) => (
                <Silence key={silence.id} silence={silence} />
              ))}
            </Rows>
          )
        }
      </Loaded>
      {found.length > SHOWN && (
        <p className="border-t border-line px-3 py-2 text-xs text-soft">
          The first {SHOWN} of {found.length}; narrow them by text.
        </p>
      )}
      {isMaking && <SilenceSheet matchers={[]} onClose={() => setMaking(false)} />}
    </Panel>
  );
}

function isFound(silence: SilenceView, text: string): boolean {
  const { id, comment, createdBy, matchers } = silence;
  const whole = [id, comment, createdBy, ...matchers.map(matcherText)].join('\n').toLowerCase();
  return whole.includes(text.trim().toLowerCase());
}

function Silence({ silence }: { silence: SilenceView }) {
  const { id, state, matchers, comment, createdBy, startsAt, endsAt, windows = [] } = silence;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1.5 border-b border-line px-3 py-2 last:border-0">
      <div className="min-w-56 flex-1">
        <p className="flex flex-wrap gap-1">
          {matchers.map((matcher) => (
            <code
              key={matcherText(matcher)}
              className="rounded bg-raised px-1.5 py-0.5 text-[11px] break-all"
            >
              {visibleText(matcherText(matcher))}
            </code>
          ))}
        </p>
        <p className="mt-1 break-words">{comment}</p>
        {windows.map((window) => (
          <p key={windowText(window)} className="text-xs text-soft">
            only {windowText(window)}
          </p>
        ))}
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-xs text-faint">
          <Badge tone={STATE_TONE[state]}>{state}</Badge>
          <span>by {createdBy}</span>
          <span>
            {state === 'pending' ? 'begins ' : 'began '}
            <Moment at={startsAt} />
          </span>
          <span>
            {state === 'expired' ? 'ended ' : 'ends '}
            <Moment at={endsAt} />
          </span>
          <span className="font-mono text-[11px]">{id}</span>
        </p>
      </div>
      {state !== 'expired' && (
        <CommandButton
          path={`api/silences/${encodeURIComponent(id)}`}
          method="DELETE"
          label="Expire"
          describe={`Expire the silence of ${matchers.map(matcherText).join(', ')}`}
          icon={BellRing}
          isGuarded
        />
      )}
    </li>
  );
}
