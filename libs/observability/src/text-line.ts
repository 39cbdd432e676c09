interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly [fact: string]: unknown;
}

const labels = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info '],
  [40, 'warn '],
  [50, 'error'],
  [60, 'fatal'],
]);

/** One JSON log line as a person reads it: `09:30:01.250 info  Listening port=4880`. An error's stack follows, indented. */
export function formatTextLine(json: string): string {
  const { level, time, msg, ...facts } = JSON.parse(json) as LogLine;
  const shown: string[] = [];
  const stacks: string[] = [];
  for (const [name, value] of Object.entries(facts)) {
    if (isError(value)) {
      shown.push(`${name}=${quote(value.message)}`);
      if (value.stack) stacks.push(indent(value.stack));
    } else {
      shown.push(`${name}=${quote(value)}`);
    }
  }
  const head = `${new Date(time).toISOString().slice(11, 23)} ${labels.get(level) ?? String(level)}`;
  const line = [head, oneLine(msg ?? ''), ...shown].join(' ');
  return `${[line, ...stacks].join('\n')}\n`;
}

function isError(value: unknown): value is { message: string; stack?: string } {
  return typeof value === 'object' && value !== null && 'message' in value && 'type' in value;
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && /[\s"=]|^$/.test(text) ? JSON.stringify(text) : text;
}

// What clients send must not be able to forge a line of its own.
function oneLine(text: string): string {
  return [...text].map((char) => (char < ' ' || char === '\u007f' ? ' ' : char)).join('');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line.trimEnd()}`)
    .join('\n');
}
