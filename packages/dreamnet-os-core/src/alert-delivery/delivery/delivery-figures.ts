/** What became of the notifications of one `receiver/notifier` since the start. */
export interface ChannelFigures {
  sent: number;
  failed: number;
  retried: number;
  lastError?: string;
  /** Epoch ms. */
  lastErrorAt?: number;
  /** Epoch ms. */
  lastSentAt?: number;
}
