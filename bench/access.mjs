/** What permissions cost: section "access" of docs/performance.md. `--lists` or `--decisions` measures one half only. */
import { benchDecisions } from './access-decisions.mjs';
import { measureLists, renderLists } from './access-lists.mjs';

export async function benchAccess(testing, options) {
  const only = ['decisions', 'lists'].filter((half) => process.argv.includes(`--${half}`));
  const parts = [];
  if (only.length === 0 || only.includes('decisions')) parts.push(await benchDecisions(testing, options));
  if (only.length === 0 || only.includes('lists'))
    parts.push(renderLists(await measureLists(testing, options)));
  return parts.join('\n');
}
