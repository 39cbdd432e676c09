/** Watches the memory of a process and all its descendants while something runs. */
export async function watchMemory(testing, pid, work) {
  const before = testing.measureMemory(pid);
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, testing.measureMemory(pid))), 100);
  try {
    const result = await work();
    peak = Math.max(peak, testing.measureMemory(pid));
    return { before, peak, result };
  } finally {
    clearInterval(timer);
  }
}
