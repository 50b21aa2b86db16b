/** A spare that took an ended process's place, in words. */
export function takeoverText({ pid, afterMs }: { readonly pid: number; readonly afterMs: number }): string {
  return `spare took over, pid ${pid}, after ${afterMs} ms`;
}
