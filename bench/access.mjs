/** What permissions cost: sections "decisions" and "lists" of docs/performance.md. `--decisions` or `--lists`: one only. */
import { benchDecisions } from './access-decisions.mjs';
import { measureLists, renderLists } from './access-lists.mjs';

export async function benchAccess(testing, options) {
  const only = ['decisions', 'lists'].filter((half) => process.argv.includes(`--${half}`));
  const isWanted = (half) => only.length === 0 || only.includes(half);
  const sections = {};
  if (isWanted('decisions')) sections.decisions = await benchDecisions(testing, options);
  if (isWanted('lists')) sections.lists = renderLists(await measureLists(testing, options));
  return sections;
}
