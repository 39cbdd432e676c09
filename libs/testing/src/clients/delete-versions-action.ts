import type { OctokitClient } from './octokit-client';

/** What a workflow gives the official "delete package versions" action; left out: its defaults. */
export interface ActionInputs {
  readonly owner: string;
  readonly packageName: string;
  readonly packageType: string;
  readonly packageVersionIds?: readonly number[];
  readonly numOldVersionsToDelete?: number;
  readonly minVersionsToKeep?: number;
  readonly ignoreVersions?: RegExp;
  readonly deleteOnlyPreReleaseVersions?: boolean;
  readonly deleteOnlyUntaggedVersions?: boolean;
}

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly created_at: string;
  readonly metadata?: { readonly container?: { readonly tags: readonly string[] } };
}

const PAGE = 100;
/** It deletes no more in one run. */
const MOST = 100;
const release = /^(0|[1-9]\d*)((\.(0|[1-9]\d*))*)$/;

/**
 * The calls of the action (spec T-4, version 5), which takes the routes of users for organizations as well: it reads all
 * pages of a hundred, and deletes the oldest that its inputs select, all at once. Gives the ids that it deleted.
 */
export async function runDeleteVersionsAction(
  octokit: OctokitClient,
  inputs: ActionInputs,
): Promise<number[]> {
  const target = {
    username: inputs.owner,
    package_type: inputs.packageType,
    package_name: inputs.packageName,
  };
  const ids = inputs.packageVersionIds ?? selectVersions(await listAll(octokit, target), inputs);
  await Promise.all(
    ids.map((package_version_id) =>
      octokit.send('packages.deletePackageVersionForUser', { ...target, package_version_id }),
    ),
  );
  return [...ids];
}

async function listAll(octokit: OctokitClient, target: object): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let page = 1; ; page += 1) {
    const found = await octokit.call<Listed[]>('packages.getAllPackageVersionsForPackageOwnedByUser', {
      ...{ ...target, per_page: PAGE, page },
    });
    all.push(...found);
    if (found.length < PAGE) return all;
  }
}

function selectVersions(versions: readonly Listed[], inputs: ActionInputs): number[] {
  const { deleteOnlyPreReleaseVersions = false, minVersionsToKeep, numOldVersionsToDelete = 1 } = inputs;
  const onlyUntagged = inputs.deleteOnlyUntaggedVersions === true && inputs.packageType === 'container';
  const ignored = deleteOnlyPreReleaseVersions ? release : (inputs.ignoreVersions ?? /^$/);
  const selected = versions
    .filter(({ name }) => !ignored.test(name))
    .filter(({ metadata }) => !onlyUntagged || (metadata?.container?.tags.length ?? 0) === 0)
    .sort((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at) || one.id - other.id);
  const keeps = minVersionsToKeep ?? (deleteOnlyPreReleaseVersions || onlyUntagged ? 0 : null);
  const wanted = keeps === null ? numOldVersionsToDelete : selected.length - keeps;
  return selected.slice(0, Math.max(0, Math.min(wanted, MOST))).map(({ id }) => id);
}
