/** Numbers with a mark behind them: `1.0.0-rc.1`, `2.0.0.pre1`, `1.1-SNAPSHOT`; build metadata is no mark. */
const marked = /^v?\d+(?:\.\d+)*(?:[-.]?[a-z])/i;
/** Words by which some ecosystems say that a version is final. */
const final = /[-.](?:release|final|ga|jre\d*|android)$/i;

/** Whether a version number says that it comes before a release; a digest says nothing. */
export function looksLikePreRelease(version: string): boolean {
  const [number = ''] = version.split('+');
  return marked.test(number) && !final.test(number);
}
