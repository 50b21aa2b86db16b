/**
 * When the present turn of the event loop is to be over: so many milliseconds after somebody asked for the first time in it. It lasts
 * until sockets have had their turn.
 *
 * @returns Given the monotonic time now, gives that of the end.
 */
export function createTurnEnd(turnMs: number): (nowMs: number) => number {
  let endsMs: number | undefined;
  const forget = () => {
    endsMs = undefined;
  };
  return (nowMs) => {
    if (endsMs === undefined) {
      endsMs = nowMs + turnMs;
      setImmediate(forget);
    }
    return endsMs;
  };
}
