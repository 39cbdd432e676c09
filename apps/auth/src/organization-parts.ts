import { AccountEndsController } from './handlers/account-ends.controller';
import { CollaboratorsController } from './handlers/collaborators.controller';
import { EnterprisesController } from './handlers/enterprises.controller';
import { PoliciesController } from './handlers/policies.controller';
import { RepositoryChangesController } from './handlers/repository-changes.controller';
import { TeamMembersController } from './handlers/team-members.controller';
import { TeamRepositoriesController } from './handlers/team-repositories.controller';
import { TeamsController } from './handlers/teams.controller';
import { CreateTeam } from './use-cases/create-team';
import { DeleteAccount } from './use-cases/delete-account';
import { DeleteRepository } from './use-cases/delete-repository';
import { DeleteTeam } from './use-cases/delete-team';
import { EnterpriseOrganizations } from './use-cases/enterprise-organizations';
import { Enterprises } from './use-cases/enterprises';
import { FindRepositoryRole } from './use-cases/find-repository-role';
import { FindTeam } from './use-cases/find-team';
import { FormatPolicies } from './use-cases/format-policies';
import { ListCollaborators } from './use-cases/list-collaborators';
import { ListOrganizationsOfAccount } from './use-cases/list-organizations-of-account';
import { ListTeamMembers } from './use-cases/list-team-members';
import { ListTeamRepositories } from './use-cases/list-team-repositories';
import { ListTeams } from './use-cases/list-teams';
import { ListVisibleRepositories } from './use-cases/list-visible-repositories';
import { OrganizationPolicies } from './use-cases/organization-policies';
import { OutsideCollaborators } from './use-cases/outside-collaborators';
import { RemoveCollaborator } from './use-cases/remove-collaborator';
import { RemoveTeamMember } from './use-cases/remove-team-member';
import { RemoveTeamRepository } from './use-cases/remove-team-repository';
import { RenameAccount } from './use-cases/rename-account';
import { SetCollaborator } from './use-cases/set-collaborator';
import { SetSiteAdministrator } from './use-cases/set-site-administrator';
import { SetSuspended } from './use-cases/set-suspended';
import { SetTeamMember } from './use-cases/set-team-member';
import { SetTeamRepository } from './use-cases/set-team-repository';
import { TransferRepository } from './use-cases/transfer-repository';
import { UpdateRepository } from './use-cases/update-repository';
import { UpdateTeam } from './use-cases/update-team';

/** Teams, repositories and their roles, enterprises, policies, and the ends of accounts. */
export const organizationControllers = [
  AccountEndsController,
  TeamsController,
  TeamMembersController,
  TeamRepositoriesController,
  RepositoryChangesController,
  CollaboratorsController,
  PoliciesController,
  EnterprisesController,
];

export const organizationUseCases = [
  RenameAccount,
  DeleteAccount,
  SetSiteAdministrator,
  SetSuspended,
  ListOrganizationsOfAccount,
  CreateTeam,
  UpdateTeam,
  DeleteTeam,
  FindTeam,
  ListTeams,
  SetTeamMember,
  RemoveTeamMember,
  ListTeamMembers,
  SetTeamRepository,
  RemoveTeamRepository,
  ListTeamRepositories,
  UpdateRepository,
  DeleteRepository,
  TransferRepository,
  ListVisibleRepositories,
  FindRepositoryRole,
  SetCollaborator,
  RemoveCollaborator,
  ListCollaborators,
  OutsideCollaborators,
  OrganizationPolicies,
  FormatPolicies,
  Enterprises,
  EnterpriseOrganizations,
];
