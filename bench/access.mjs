/**
 * What permissions cost: sections "decisions" and "lists" of docs/performance.md. `--decisions` or `--lists`: one only.
 * With `--pages` the lists are only any page of packages, for every reader; that is not for the document.
 */
import { benchDecisions } from './access-decisions.mjs';
import { measureLists, renderLists } from './access-lists.mjs';

export async function benchAccess(testing, options) {
  const only = ['decisions', 'lists'].filter((half) => process.argv.includes(`--${half}`));
  const isWanted = (half) => only.length === 0 || only.includes(half);
  const sections = {};
  if (isWanted('decisions')) sections.decisions = await benchDecisions(testing, options);
  const firstOnly = process.argv.includes('--pages');
  if (isWanted('lists'))
    sections[firstOnly ? 'pages' : 'lists'] = renderLists(
      await measureLists(testing, { ...options, firstOnly }),
    );
  return sections;
}
