import { PublisherAdministration } from './publisher-administration';
import { SessionsController } from './sessions.controller';
import { TrustedPublishersController } from './trusted-publishers.controller';
import { TrustedPublishingController } from './trusted-publishing.controller';
import { WorkflowTokensController } from './workflow-tokens.controller';

/** Routes of sessions, workflow tokens and trusted publishing. */
export const credentialControllers = [
  SessionsController,
  WorkflowTokensController,
  TrustedPublishersController,
  TrustedPublishingController,
];

/** What they share. */
export const credentialProviders = [PublisherAdministration];
