import type { StatusView } from '@dreamnet/contracts';
import { hrefOf } from '../address/address.js';
import { useHistory, useStatus } from '../api/queries.js';
import { DOMAINS, type DomainRow } from '../api/views.js';
import { scoreNote } from '../labels/score-text.js';
import { type Tone, toneText } from '../ui/tone.js';
import { Sparkline } from './sparkline.js';

/** Below these a score is drawn as a warning and as bad. */
const WARN_BELOW = 0.9;
const BAD_BELOW = 0.6;

/** The tone of a score; quiet when nothing is known. */
export function scoreTone(score: number, confidence: number): Tone {
  if (confidence === 0) return 'quiet';
  if (score < BAD_BELOW) return 'bad';
  return score < WARN_BELOW ? 'warn' : 'good';
}

/** The four scores; each leads to what it is made of. */
export function Scores() {
  const status = useStatus().data;
  const history = useHistory().data?.history ?? [];
  return (
    <section aria-label="Health scores" className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      {DOMAINS.map((row) => (
        <ScoreCard
          key={row.domain}
          row={row}
          status={status}
          past={history.map(({ at, globalHealth }) => ({ at, value: globalHealth[row.score] }))}
        />
      ))}
    </section>
  );
}

interface ScoreCardProps {
  row: DomainRow;
  status: StatusView | undefined;
  past: readonly { at: number; value: number }[];
}

function ScoreCard({ row, status, past }: ScoreCardProps) {
  const score = status?.snapshot.globalHealth[row.score] ?? 0;
  const explanation = status?.explanations.find(({ domain }) => domain === row.domain);
  const confidence = explanation?.confidence ?? 0;
  const tone = scoreTone(score, confidence);
  const isKnown = status !== undefined && confidence > 0;
  return (
    <a
      href={hrefOf('health', [row.domain])}
      className="flex flex-col overflow-hidden rounded-lg border border-line bg-surface px-3 py-2.5 text-left transition-colors hover:border-faint"
    >
      <span className="block text-xs text-soft">{row.label}</span>
      <span className="mt-0.5 flex items-end justify-between gap-2">
        <span
          className={`text-[28px] leading-8 font-semibold tracking-tight ${isKnown ? toneText(tone) : 'text-faint'}`}
        >
          {isKnown ? Math.round(score * 100) : '–'}
          {isKnown && <span className="ml-px text-sm font-normal text-faint">%</span>}
        </span>
        {isKnown && <Sparkline points={past} tone={tone} />}
      </span>
      <span className="mt-0.5 block text-xs text-faint max-lg:line-clamp-2 max-lg:min-h-8 lg:truncate">
        {status ? scoreNote(explanation) : row.about}
      </span>
    </a>
  );
}
