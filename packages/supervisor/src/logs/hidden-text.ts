/** What stands in the place of a line that may not be given out. @param why In words. */
export function hiddenText(why: string): string {
  return `(hidden: ${why})`;
}
