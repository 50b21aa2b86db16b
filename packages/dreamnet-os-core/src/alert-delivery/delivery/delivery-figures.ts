import type { NotifierView } from '@dreamnet/contracts';

/** What became of the notifications of one `receiver/notifier` since the start; times are epoch ms. */
export type ChannelFigures = Omit<NotifierView, 'name'>;
