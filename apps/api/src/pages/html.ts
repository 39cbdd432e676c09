import { createHash } from 'node:crypto';

/** HTML that is safe to put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escape).join('');
  return (typeof value === 'string' || typeof value === 'number' ? String(value) : '').replace(
    /[&<>"']/g,
    (character) => entities[character] ?? '',
  );
}

/** A template whose values are escaped; only {@link Html} goes in as it is. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return new Html(
    parts.map((part, index) => part + (index < values.length ? escape(values[index]) : '')).join(''),
  );
}

const style = new Html(`body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f6f8fa;color:#1f2328}
main{max-width:30rem;margin:8vh auto;background:#fff;border:1px solid #d1d9e0;border-radius:12px;padding:2rem}
h1{font-size:1.4rem;margin-top:0}label{display:block;margin:.8rem 0 .2rem;font-weight:600}
input{width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #d1d9e0;border-radius:6px;font:inherit}
button{margin:1rem .5rem 0 0;padding:.5rem 1rem;border:1px solid #1f883d;border-radius:6px;background:#1f883d;color:#fff;font:inherit;cursor:pointer}
button[value=deny]{background:#f6f8fa;border-color:#d1d9e0;color:#1f2328}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
pre{background:#f6f8fa;padding:.8rem;border-radius:6px;overflow:auto}code{font-family:ui-monospace,monospace}.fault{color:#b3261e;font-weight:600}`);

/** The style is allowed by its content, so that no other can be smuggled in. */
const styleSource = `'sha256-${createHash('sha256').update(style.text).digest('base64')}'`;

/** No script, no foreign content, no framing: these pages take passwords. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src ${styleSource}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  // Not "no-referrer": forms would then say that they come from nowhere, and changes are taken from our pages only.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** A whole page. */
export function renderPage(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Packhouse</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`.text;
}
