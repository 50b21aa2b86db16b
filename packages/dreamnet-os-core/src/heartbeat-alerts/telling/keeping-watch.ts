import type { DeliveryRoom } from '../../alert-delivery/alert-delivery-boundary.js';
import { createProblemWatch, type ProblemWatch, type ProblemWatchOptions } from './problem-watch.js';

type Watched = Pick<ProblemWatchOptions, 'clock' | 'book' | 'problem'>;

/** Raises an alert while reports are taken into account but not kept, and so not acknowledged. */
export function createKeepingWatch({ clock, book, problem }: Watched): ProblemWatch {
  const ask = (): string | undefined => {
    const error = problem?.();
    return error && `reports count, but are not all kept; what is not kept is not acknowledged: ${error}`;
  };
  return createProblemWatch({
    ...{ clock, book, fingerprint: 'store/reports', rule: 'reports_not_kept' },
    problem: problem && ask,
  });
}

/** Raises an alert while the configuration as it is written is refused, and the one before it is in force. */
export function createConfigWatch({ clock, book, problem }: Watched): ProblemWatch {
  const ask = (): string | undefined => {
    const error = problem?.();
    return (
      error &&
      `the configuration as it is written is refused, what was in force before stays in force: ${error}`
    );
  };
  return createProblemWatch({
    ...{ clock, book, fingerprint: 'config/refused', rule: 'config_refused' },
    problem: problem && ask,
  });
}

/** Warns while somebody runs who could not be started again, since the secrets are locked. */
export function createSecretsWatch({ clock, book, problem }: Watched): ProblemWatch {
  return createProblemWatch({
    ...{ clock, book, problem, fingerprint: 'secrets/locked', rule: 'secrets_locked', severity: 'warning' },
  });
}

/** Raises an alert while alerts from outside are refused because there is no room for them. */
export function createRoomWatch({
  clock,
  book,
  room,
}: Pick<Watched, 'clock' | 'book'> & { room: () => DeliveryRoom }): ProblemWatch {
  let refusedBefore = 0;
  const ask = (): string | undefined => {
    const { held, limit, refused } = room();
    const isRefusing = refused > refusedBefore;
    refusedBefore = refused;
    if (!isRefusing && (held < limit || refused === 0)) return undefined;
    return `new alerts from outside are refused: ${limit} are held already (alerts.limit)`;
  };
  return createProblemWatch({
    ...{ clock, book, fingerprint: 'delivery/room', rule: 'alerts_limit_reached' },
    problem: ask,
  });
}
