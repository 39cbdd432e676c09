/** Markdown of what was measured. */
const columnsBeside = (rival) => [
  ['what', 'Measured'],
  ['ours', 'Packhouse'],
  ['theirs', rival],
  ['ratio', 'ratio'],
  ['goal', 'goal'],
  ['limit', 'nginx'],
  ['ofLimit', 'of nginx'],
];

export function renderTable(title, rows, rival = 'Verdaccio 6.8') {
  const columns = columnsBeside(rival);
  const lines = [
    `### ${title}`,
    '',
    `| ${columns.map(([, label]) => label).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(columns.length - 1)}`,
    ...rows.map((row) => `| ${columns.map(([key]) => row[key] ?? '-').join(' | ')} |`),
    '',
  ];
  return lines.join('\n');
}

export const whole = (value) => (value === null ? '-' : Math.round(value).toLocaleString('en-US'));
export const times = (value) => (Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} x` : '-');
export const percent = (value) => (Number.isFinite(value) ? `${Math.round(value * 100)} %` : '-');
export const milliseconds = (value) => `${value.toFixed(1)} ms`;

/** A table without anybody to compare with. */
export function renderPlainTable(title, rows) {
  const lines = rows.map(({ what, ours, goal = '-' }) => `| ${what} | ${ours} | ${goal} |`);
  return [`### ${title}`, '', '| Measured | Packhouse | goal |', '| --- | ---: | ---: |', ...lines, ''].join(
    '\n',
  );
}

/** A row of rates: requests per second of each, null where one was not measured. */
export function rateRow(what, { ours, theirs = null, limit = null }, goal) {
  return {
    what,
    ours: whole(ours),
    theirs: whole(theirs),
    limit: whole(limit),
    ratio: theirs === null ? '-' : times(ours / theirs),
    ofLimit: limit === null ? '-' : percent(ours / limit),
    goal,
  };
}

/** Replaces the text between two markers of a document. */
export function replaceSection(document, name, text) {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const start = document.indexOf(open);
  const end = document.indexOf(close);
  if (start === -1 || end === -1) return `${document.trimEnd()}\n\n${open}\n\n${text}\n${close}\n`;
  return `${document.slice(0, start + open.length)}\n\n${text}\n${document.slice(end)}`;
}
