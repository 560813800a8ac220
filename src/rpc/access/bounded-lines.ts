const linesMax = 60;
const periodMs = 60_000;

/**
 * Writes lines about those who were not let in, who must not be able to fill a disk: 60 a minute. The first line of the
 * next minute tells how many were left out.
 */
export function boundedLines<Line extends object>(
  write: (line: Line & { readonly leftOut?: number }) => void,
  now: () => number = () => performance.now(),
): (line: Line) => void {
  let beganMs = Number.NEGATIVE_INFINITY;
  let written = 0;
  let leftOut = 0;
  return (line) => {
    if (now() - beganMs >= periodMs) {
      beganMs = now();
      written = 0;
    }
    if (written === linesMax) {
      leftOut++;
      return;
    }
    written++;
    write(leftOut === 0 ? line : { ...line, leftOut });
    leftOut = 0;
  };
}
