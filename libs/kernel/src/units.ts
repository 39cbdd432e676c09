export const KB = 1000;
export const MB = 1000 * KB;
export const GB = 1000 * MB;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const units = { B: 1, KB, MB, GB, TB: 1000 * GB } as const;

/** Bytes of "50 GB", "1.5MB" or "1000", in decimal units; null for what is no size. */
export function parseBytes(text: string): number | null {
  const [, figure, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*([KMGT]?B)?$/i.exec(text) ?? [];
  return figure === undefined ? null : Math.floor(Number(figure) * units[unit.toUpperCase() as 'B']);
}

/** "1.5 MB": decimal units, as everywhere in the product. */
export function formatBytes(bytes: number): string {
  if (bytes < KB) return `${bytes} B`;
  const [divisor, unit] =
    bytes < MB ? ([KB, 'KB'] as const) : bytes < GB ? ([MB, 'MB'] as const) : ([GB, 'GB'] as const);
  return `${(bytes / divisor).toFixed(1).replace(/\.0$/, '')} ${unit}`;
}
