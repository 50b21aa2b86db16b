import type { Clock, PublishEvent } from '@dreamnet/contracts';

/** A small program has written its first line by then. */
const BREATH_MS = 4;
/** At once; of 200 agents that ended together the rest is told in the next turns of the event loop. */
const TOLD_AT_ONCE = 32;

/**
 * Tells what the supervisor does a moment later, in order and with the time it happened: telling sets off everything
 * else (health, incidents, the disk), and that work would take the processor from the process just started.
 */
export function createBreathingPublish(clock: Clock, publish: PublishEvent): PublishEvent {
  let waiting: (() => void)[] = [];
  const tellAll = () => {
    const told = waiting.slice(0, TOLD_AT_ONCE);
    waiting = waiting.slice(TOLD_AT_ONCE);
    if (waiting.length > 0) clock.setTimeout(tellAll, 0);
    for (const tell of told) tell();
  };
  return (...told) => {
    const [type, subject, data, at = clock.now()] = told;
    waiting.push(() => publish(type, subject, data, at));
    if (waiting.length === 1) clock.setTimeout(tellAll, BREATH_MS);
  };
}
