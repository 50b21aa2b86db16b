import { hrefOf } from '../address/address.js';
import { useIsLost, useLive } from '../api/live.js';
import { useStatus } from '../api/queries.js';
import { useNow } from '../ui/now.js';
import { durationText } from '../ui/time-text.js';
import { Navigation } from './navigation.js';

const CONNECTION = {
  connecting: { word: 'connecting', dot: 'bg-warn' },
  live: { word: 'live', dot: 'bg-good' },
  lost: { word: 'no answer', dot: 'bg-bad' },
  unauthorized: { word: 'no access', dot: 'bg-bad' },
} as const;

/** Name, pages, the daemon and the connection to it. */
export function Header() {
  const { data } = useStatus();
  const { connection } = useLive();
  const now = useNow();
  const { word, dot } = CONNECTION[useIsLost() ? 'lost' : connection.state];
  return (
    <header className="flex flex-wrap items-center gap-x-3 py-1.5 sm:gap-x-4">
      <a
        href={hrefOf('overview')}
        className="inline-flex h-8 items-center gap-2 rounded font-semibold tracking-tight whitespace-nowrap"
      >
        <img src="./icon.svg" alt="" className="size-5 rounded" />
        DreamNet OS
      </a>
      <Navigation />
      <div className="ml-auto flex items-center gap-4 text-xs text-faint">
        {data && (
          <span className="hidden whitespace-nowrap md:inline" title={data.daemon.stateDir}>
            {versionText(data.snapshot.version)}, pid{' '}
            <span className="font-mono text-soft">{data.daemon.pid}</span>, up{' '}
            {durationText(now - data.daemon.startedAt)}
          </span>
        )}
        <span role="status" className="inline-flex w-20 items-center justify-end gap-1.5 text-soft">
          <span aria-hidden className={`size-2 rounded-full ${dot}`} />
          {word}
        </span>
      </div>
    </header>
  );
}

function versionText(version: { major: number; minor: number; patch: number }): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}
