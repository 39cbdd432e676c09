/** Repeats a check until it holds; the error of the last attempt tells why it never did. */
export async function waitUntil(
  what: string,
  check: () => Promise<boolean> | boolean,
  { seconds = 30, everyMs = 50 } = {},
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`Waited ${seconds} s in vain: ${what}`, { cause: last });
}
