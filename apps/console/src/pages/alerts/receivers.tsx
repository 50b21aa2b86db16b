import type { NotifierView, ReceiverView } from '@dreamnet/contracts';
import { useReceivers } from '../../api/queries.js';
import { Moment } from '../../ui/moment.js';
import { counted } from '../../ui/number-text.js';
import { Loaded, Nothing, Panel } from '../../ui/panel.js';
import { Rows } from '../../ui/rows.js';
import { Badge, ToneIcon } from '../../ui/tone.js';
import { standingOf } from './receiver-standing.js';
import { TestButton } from './test-button.js';

/** Who is told of alerts, by which ways, and what came of it. */
export function Receivers() {
  const query = useReceivers();
  return (
    <Panel title="Receivers" note={query.data?.receivers.length}>
      <Loaded query={query} lines={3}>
        {({ receivers }) =>
          receivers.length === 0 ? (
            <Nothing>
              Nobody is told of alerts. Name receivers below <code>alerts:</code> in{' '}
              <code>dreamnet.yaml</code>.
            </Nothing>
          ) : (
            <Rows>
              {receivers.map((receiver) => (
                <Receiver key={receiver.name} receiver={receiver} />
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Receiver({ receiver: { name, notifiers } }: { receiver: ReceiverView }) {
  return (
    <li className="border-b border-line px-3 py-2 last:border-0">
      <div className="flex items-center justify-between gap-2">
        <h3 className="font-semibold">{name}</h3>
        {notifiers.length > 0 && <TestButton name={name} />}
      </div>
      {notifiers.length === 0 && (
        <p className="text-xs text-soft">No way to tell anybody: alerts that go here are told to nobody.</p>
      )}
      <ul>
        {notifiers.map((notifier) => (
          <Notifier key={notifier.name} notifier={notifier} />
        ))}
      </ul>
    </li>
  );
}

function Notifier({ notifier }: { notifier: NotifierView }) {
  const { name, sent, failed, retried, lastError, lastErrorAt, lastSentAt } = notifier;
  const { tone, word } = standingOf(notifier);
  return (
    <li className="mt-1 flex flex-wrap items-start gap-x-3 gap-y-0.5">
      <span className="inline-flex items-center gap-2">
        <ToneIcon tone={tone} />
        <span className="font-mono text-xs">{name}</span>
        <Badge tone={tone}>{word}</Badge>
      </span>
      <span className="text-xs text-soft">
        {counted(sent, 'notification')} sent, {retried.toLocaleString('en')} tried again,{' '}
        {failed.toLocaleString('en')} given up
        {lastSentAt !== undefined && (
          <>
            , the last <Moment at={lastSentAt} />
          </>
        )}
      </span>
      {lastError !== undefined && (
        <p className="w-full pl-6 text-xs break-words text-soft">
          Last failure
          {lastErrorAt !== undefined && (
            <>
              {' '}
              <Moment at={lastErrorAt} />
            </>
          )}
          : {lastError}
        </p>
      )}
    </li>
  );
}
