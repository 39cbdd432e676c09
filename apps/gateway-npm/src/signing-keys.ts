import { Injectable } from '@nestjs/common';
import { authContract, type AuthClient } from '@packhouse/contracts';
import { InjectClient } from '@packhouse/gateway-kit';
import {
  createVersionSigner,
  describeKey,
  generateSigningKey,
  renderKeys,
  type VersionSigner,
} from './codec/registry-signature';

const SECRET_NAME = 'npm-registry-signing-key';

/** The key with which this registry signs versions: made once, kept as a secret, the same on every replica. */
@Injectable()
export class SigningKeys {
  private loading: Promise<{ signer: VersionSigner; keys: string }> | undefined;

  constructor(@InjectClient(authContract) private readonly auth: AuthClient) {}

  async signer(): Promise<VersionSigner> {
    return (await this.load()).signer;
  }

  /** Body of the keys endpoint (A7). */
  async keysDocument(): Promise<string> {
    return (await this.load()).keys;
  }

  private load(): Promise<{ signer: VersionSigner; keys: string }> {
    this.loading ??= this.read().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async read() {
    const { value } = await this.auth.keepSecret({
      name: SECRET_NAME,
      candidate: generateSigningKey().privatePem,
    });
    return { signer: createVersionSigner(value), keys: renderKeys([describeKey(value)]) };
  }
}
