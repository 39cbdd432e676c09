import { IssuedCredentials } from './facts/issued-credentials';
import { Sessions } from './facts/sessions';
import { SessionsController } from './handlers/sessions.controller';
import { TrustedPublishingController } from './handlers/trusted-publishing.controller';
import { DeleteEndedSessionsJob } from './jobs/delete-ended-sessions.job';
import { ExchangeIdToken } from './trusted-publishing/exchange-id-token';
import { IdTokens } from './trusted-publishing/id-tokens';
import { IssuerKeys } from './trusted-publishing/issuer-keys';
import { ListTrustedPublishers } from './trusted-publishing/list-trusted-publishers';
import { RegisterTrustedPublisher } from './trusted-publishing/register-trusted-publisher';
import { RemoveTrustedPublisher } from './trusted-publishing/remove-trusted-publisher';
import { CreateWorkflowToken } from './use-cases/create-workflow-token';
import { EndSession } from './use-cases/end-session';
import { ListSessions } from './use-cases/list-sessions';
import { StartSession } from './use-cases/start-session';

/** Sessions, workflow tokens and trusted publishing, as parts of the module. */
export const credentialParts = {
  controllers: [SessionsController, TrustedPublishingController],
  providers: [
    ...[IssuedCredentials, Sessions, StartSession, ListSessions, EndSession, CreateWorkflowToken],
    ...[IssuerKeys, IdTokens, ExchangeIdToken],
    ...[RegisterTrustedPublisher, ListTrustedPublishers, RemoveTrustedPublisher],
  ],
  jobs: [DeleteEndedSessionsJob],
};
