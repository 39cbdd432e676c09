import { Controller } from '@nestjs/common';
import { Answers, type Answer, type Ask } from '../messages';
import { ExchangeIdToken } from '../trusted-publishing/exchange-id-token';
import { ListTrustedPublishers } from '../trusted-publishing/list-trusted-publishers';
import { RegisterTrustedPublisher } from '../trusted-publishing/register-trusted-publisher';
import { RemoveTrustedPublisher } from '../trusted-publishing/remove-trusted-publisher';

@Controller()
export class TrustedPublishingController {
  constructor(
    private readonly registerCase: RegisterTrustedPublisher,
    private readonly listCase: ListTrustedPublishers,
    private readonly removeCase: RemoveTrustedPublisher,
    private readonly exchangeCase: ExchangeIdToken,
  ) {}

  @Answers('registerTrustedPublisher')
  register(request: Ask<'registerTrustedPublisher'>): Promise<Answer<'registerTrustedPublisher'>> {
    return this.registerCase.run(request);
  }

  @Answers('listTrustedPublishers')
  list(request: Ask<'listTrustedPublishers'>): Promise<Answer<'listTrustedPublishers'>> {
    return this.listCase.run(request);
  }

  @Answers('findTrustedPublisher')
  find(request: Ask<'findTrustedPublisher'>): Promise<Answer<'findTrustedPublisher'>> {
    return this.listCase.find(request);
  }

  @Answers('removeTrustedPublisher')
  remove(request: Ask<'removeTrustedPublisher'>): Promise<Answer<'removeTrustedPublisher'>> {
    return this.removeCase.run(request);
  }

  @Answers('exchangeIdToken')
  exchange(request: Ask<'exchangeIdToken'>): Promise<Answer<'exchangeIdToken'>> {
    return this.exchangeCase.run(request);
  }
}
