import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { AnswerWebLogin } from '../use-cases/answer-web-login';
import { DescribeWebLogin } from '../use-cases/describe-web-login';
import { PollWebLogin } from '../use-cases/poll-web-login';
import { StartWebLogin } from '../use-cases/start-web-login';

@Controller()
export class WebLoginsController {
  constructor(
    private readonly startWebLoginCase: StartWebLogin,
    private readonly describeWebLoginCase: DescribeWebLogin,
    private readonly answerWebLoginCase: AnswerWebLogin,
    private readonly pollWebLoginCase: PollWebLogin,
  ) {}

  @Answers('startWebLogin')
  startWebLogin(request: Ask<'startWebLogin'>): Promise<Answer<'startWebLogin'>> {
    return this.startWebLoginCase.run(request);
  }

  @Answers('describeWebLogin')
  describeWebLogin(request: Ask<'describeWebLogin'>): Promise<Answer<'describeWebLogin'>> {
    return this.describeWebLoginCase.run(request);
  }

  @Answers('answerWebLogin')
  answerWebLogin(request: Ask<'answerWebLogin'>): Promise<Answer<'answerWebLogin'>> {
    return this.answerWebLoginCase.run(request);
  }

  @Answers('pollWebLogin')
  pollWebLogin(request: Ask<'pollWebLogin'>): Promise<Answer<'pollWebLogin'>> {
    return this.pollWebLoginCase.run(request);
  }
}
