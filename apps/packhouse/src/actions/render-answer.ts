/** Rows of a list as a table: one line each, columns as wide as they need. */
export function renderRows(items: readonly unknown[], columns: readonly string[]): string {
  return items.length === 0 ? 'There are none.' : new Table(columns).render(items);
}

/** A table that comes in parts: columns get no narrower from one to the next. */
export class Table {
  private readonly widths: number[];

  constructor(private readonly columns: readonly string[]) {
    this.widths = columns.map(() => 0);
  }

  render(items: readonly unknown[]): string {
    const rows = items.map((item) => this.columns.map((column) => textOf(valueAt(item, column))));
    for (const row of rows)
      row.forEach((text, index) => (this.widths[index] = Math.max(this.widths[index] ?? 0, text.length)));
    return rows.map((row) => this.renderRow(row)).join('\n');
  }

  private renderRow(row: readonly string[]): string {
    return row
      .map((text, index) => text.padEnd(this.widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  }
}

/** The plain fields of one answer, a line each. */
export function renderFields(answer: object): string {
  const fields = Object.entries(answer).filter(
    ([name, value]) => value !== null && value !== '' && typeof value !== 'object' && !name.endsWith('_url'),
  );
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}`).join('\n') || 'Done.';
}

function valueAt(item: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, name) =>
        typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
      item,
    );
}

/** Without what could change a terminal. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.map(textOf).join(',');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
}
