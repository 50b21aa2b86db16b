import { Play, Snowflake } from 'lucide-react';
import { useStatus } from '../api/queries.js';
import { CommandButton } from '../ui/command-button.js';
import { Moment } from '../ui/moment.js';

/** Spending that is stopped, on every page, until somebody releases it. */
export function FreezeBanner() {
  // A daemon of an earlier version knows no freezes.
  const frozen = useStatus().data?.frozen ?? [];
  if (frozen.length === 0) return null;
  return (
    <ul role="alert" className="mb-3 grid gap-1">
      {frozen.map(({ target, by, reason, at, endsAgents }) => (
        <li
          key={target}
          className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-lg border border-bad bg-bad-wash px-3 py-2"
        >
          <Snowflake aria-hidden size={16} className="shrink-0 text-bad" />
          <p className="min-w-0 flex-1 break-words">
            <strong className="text-bad">
              {target === '*' ? 'All spending is frozen' : `Spending of ${target} is frozen`}
            </strong>{' '}
            by {by}, <Moment at={at} />
            {reason !== '' && `: ${reason}`}
            {endsAgents && '; whoever could spend was stopped, and is started again when it is released'}
          </p>
          <CommandButton
            path="api/freeze/release"
            body={target === '*' ? {} : { name: target }}
            label="Release"
            describe={target === '*' ? 'Release all spending' : `Release the spending of ${target}`}
            icon={Play}
            isGuarded
          />
        </li>
      ))}
    </ul>
  );
}
