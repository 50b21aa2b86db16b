/** The state folder where none is named. */
export const DEFAULT_STATE_DIR = '.dreamnet';
