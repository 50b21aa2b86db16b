import type { Clock, TimerHandle } from '@dreamnet/contracts';

/** The approvals that become void at a time. */
export interface Expiries {
  /** @param expiresAt Epoch ms. */
  arm(id: string, expiresAt: number): void;
  isOver(expiresAt: number | undefined): boolean;
  expire(id: string): void;
  stop(): void;
}

/** @param onExpired Called once per armed id, unless `stop` came first. */
export function createExpiries(clock: Clock, onExpired: (id: string) => void): Expiries {
  const timers = new Map<string, TimerHandle>();
  const disarm = (id: string): void => {
    const timer = timers.get(id);
    if (timer) clock.clearTimeout(timer);
    timers.delete(id);
  };
  const isOver = (expiresAt: number | undefined): boolean =>
    expiresAt !== undefined && clock.now() >= expiresAt;
  const expire = (id: string): void => {
    disarm(id);
    onExpired(id);
  };
  // The longest timer is shorter than an approval may live, and the wall clock may be set: look again when it fires.
  const arm = (id: string, expiresAt: number): void => {
    disarm(id);
    const fire = () => (isOver(expiresAt) ? expire(id) : arm(id, expiresAt));
    timers.set(id, clock.setTimeout(fire, Math.max(0, expiresAt - clock.now())));
  };
  return {
    arm,
    isOver,
    expire,
    stop: () => {
      for (const id of [...timers.keys()]) disarm(id);
    },
  };
}
