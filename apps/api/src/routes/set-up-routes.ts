import { EnterprisesController } from './enterprises.controller';
import { CollectionsController } from './collections.controller';
import { OperationsController } from './operations.controller';
import { OwnerStorageController } from './owner-storage.controller';
import { PoliciesController } from './policies.controller';
import { RetiredNamesController } from './retired-names.controller';
import { GithubCollaboratorsController } from './v3/collaborators.controller';
import { Directory } from './v3/directory';
import { GithubMembersController } from './v3/members.controller';
import { GithubOrganizationsController } from './v3/organizations.controller';
import { GithubRepositoriesController } from './v3/repositories.controller';
import { RepositoryListsController } from './v3/repository-lists.controller';
import { SiteAdminController } from './v3/site-admin.controller';
import { SuspensionsController } from './v3/suspensions.controller';
import { TeamDirectory } from './v3/team-directory';
import { TeamMembersController } from './v3/team-members.controller';
import { TeamRepositoriesController } from './v3/team-repositories.controller';
import { TeamsController } from './v3/teams.controller';
import { GithubUsersController } from './v3/users.controller';

/** Routes with which an administrator sets an instance up: people, organizations, teams, repositories, policies. */
export const setUpControllers = [
  GithubUsersController,
  SiteAdminController,
  SuspensionsController,
  GithubOrganizationsController,
  GithubMembersController,
  TeamsController,
  TeamMembersController,
  TeamRepositoriesController,
  GithubRepositoriesController,
  RepositoryListsController,
  GithubCollaboratorsController,
  PoliciesController,
  OwnerStorageController,
  EnterprisesController,
  CollectionsController,
  OperationsController,
  RetiredNamesController,
];

export const setUpProviders = [Directory, TeamDirectory];
