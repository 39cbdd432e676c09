import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { EndSession } from '../use-cases/end-session';
import { ListSessions } from '../use-cases/list-sessions';
import { StartSession } from '../use-cases/start-session';

@Controller()
export class SessionsController {
  constructor(
    private readonly startSessionCase: StartSession,
    private readonly listSessionsCase: ListSessions,
    private readonly endSessionCase: EndSession,
  ) {}

  @Answers('startSession')
  startSession(request: Ask<'startSession'>): Promise<Answer<'startSession'>> {
    return this.startSessionCase.run(request);
  }

  @Answers('listSessions')
  listSessions(request: Ask<'listSessions'>): Promise<Answer<'listSessions'>> {
    return this.listSessionsCase.run(request);
  }

  @Answers('endSession')
  endSession(request: Ask<'endSession'>): Promise<Answer<'endSession'>> {
    return this.endSessionCase.run(request);
  }
}
