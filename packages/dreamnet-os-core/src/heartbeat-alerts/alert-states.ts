import type { AlertState } from '@dreamnet/contracts';
import type { TransitionTable } from '@dreamnet/kit';

/** What can happen to an alert. */
export type AlertEvent = 'seen' | 'held' | 'gone' | 'quiet' | 'resolve' | 'close' | 'expire';

/**
 * The life of an alert. An absent cell is refused.
 *
 * ```
 *            held (forMs)              quiet (keepFiringForMs)          close, expire
 *  detected ─────────────► active ───────────────────────────► resolved ─────────────► closed
 *     │  ▲ seen             │  ▲ seen, gone (it may flap)          ▲
 *     │  └──┘               │  └──┘                                │
 *     │                     └───────────── resolve (a person) ─────┤
 *     ├───────────────────────────────── resolve (a person) ───────┘
 *     └── gone (it never became active) ─► closed
 * ```
 *
 * - `seen` the condition holds · `held` it held for `forMs` · `gone` it holds no more · `quiet` it has been gone for
 *   `keepFiringForMs` · `expire` a resolved alert is old.
 * - `resolved` and `closed` refuse `seen`: the condition coming back makes a new alert.
 * - `detected` and `active` refuse `close`: what is still happening is resolved first.
 */
export const ALERT_STATES = {
  detected: { seen: 'detected', held: 'active', gone: 'closed', resolve: 'resolved' },
  active: { seen: 'active', gone: 'active', quiet: 'resolved', resolve: 'resolved' },
  resolved: { close: 'closed', expire: 'closed' },
  closed: {},
} as const satisfies TransitionTable<AlertState, AlertEvent>;
