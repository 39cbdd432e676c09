import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import type { Account } from '@packhouse/contracts';
import { waitUntil } from '@packhouse/testing';
import { basic, bearer, password, payloadOf, TokenWorld } from './support/token-world';

jest.setTimeout(60_000);

let world: TokenWorld;
let owner: Account;
let ownerToken: string;
let ours: KeyObject;
let header: { alg: string; kid: string; typ: string };
let payload: Record<string, unknown>;

beforeAll(async () => {
  world = await TokenWorld.start();
  owner = await world.user('olga');
  await world.image(owner, 'hidden');
  ownerToken = await world.token(owner);
  const token = await world.tokenFor(['repository:olga/hidden:*'], basic('x', ownerToken));
  header = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as typeof header;
  payload = payloadOf(token);
  // What only the service can do, so that each forgery differs from a good token in one thing.
  const { value } = await world.auth.keepSecret({
    name: `registry-token-key/${header.kid}`,
    candidate: 'none',
  });
  ours = createPrivateKey(value);
});
afterAll(() => world?.stop());

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
type Changes = Record<string, unknown>;

function make(changes: { header?: Changes; payload?: Changes } = {}, key: KeyObject = ours): string {
  const text = `${encode({ ...header, ...changes.header })}.${encode({ ...payload, ...changes.payload })}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const now = (): number => Math.floor(Date.now() / 1000);
const use = async (token: string): Promise<string> => {
  const answer = await world.probe('olga/hidden', 'pull', bearer(token));
  return `${answer.status} ${/error="(\w+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1] ?? ''}`.trim();
};

describe('a token', () => {
  it('that is made like ours with our key is one, so that the refusals below are for what they say', async () => {
    expect(await use(make())).toBe('200');
    expect(await use(make({ payload: { exp: now() + 10 } }))).toBe('200');
  });

  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = foreign.publicKey.export({ format: 'jwk' });

  it.each<[string, () => string]>([
    ['without a signature', () => `${encode({ ...header, alg: 'none' })}.${encode(payload)}.`],
    [
      'without a signature, in another spelling',
      () => `${encode({ ...header, alg: 'NoNe' })}.${encode(payload)}.`,
    ],
    [
      'with the signature of another token',
      () => `${make().split('.').slice(0, 2).join('.')}.${make({ payload: { jti: 'x' } }).split('.')[2]}`,
    ],
    [
      'whose payload was changed',
      () => `${encode(header)}.${encode({ ...payload, sub: 'root-user' })}.${make().split('.')[2]}`,
    ],
    ['signed by a stranger', () => make({}, foreign.privateKey)],
    ['signed by a stranger whose key is in the header', () => make({ header: { jwk } }, foreign.privateKey)],
    [
      'that says where its key is',
      () =>
        make({ header: { jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/x' } }, foreign.privateKey),
    ],
    ['with a chain of certificates', () => make({ header: { x5c: ['AAAA'] } }, foreign.privateKey)],
    ['of a key of another name', () => make({ header: { kid: 'other' } }, foreign.privateKey)],
    ['of a key that will be due in years', () => make({ header: { kid: '30d-99999' } })],
    ['of a key with a path for a name', () => make({ header: { kid: '../npm-registry-signing-key' } })],
    ['without the name of a key', () => make({ header: { kid: undefined } })],
    ['with an extension that must be understood', () => make({ header: { crit: ['b64'], b64: false } })],
    ['of another kind', () => make({ header: { typ: 'at+jwt' } })],
    ['of another issuer', () => make({ payload: { iss: 'packhouse.example' } })],
    ['for another audience', () => make({ payload: { aud: 'packhouse:npm' } })],
    ['without an audience', () => make({ payload: { aud: undefined } })],
    ['that never expires', () => make({ payload: { exp: undefined } })],
    ['that expired', () => make({ payload: { exp: now() - 61 } })],
    ['that is not good yet', () => make({ payload: { nbf: now() + 90 } })],
    ['without a beginning', () => make({ payload: { nbf: undefined } })],
    ['with a holder that is none', () => make({ payload: { holder: { account: 'root' } } })],
    ['without a word of its holder', () => make({ payload: { holder: undefined } })],
    ['with access that is none', () => make({ payload: { access: 'everything' } })],
  ])('%s is refused', async (_what, forge) => {
    expect(await use(forge())).toBe('401 invalid_token');
  });

  it('signed with our public key as if that were a shared secret is refused', async () => {
    const publicKey = createPublicKey(ours);
    for (const secret of [
      String(publicKey.export({ format: 'pem', type: 'spki' })),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(publicKey.export({ format: 'jwk' })),
    ]) {
      const text = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`;
      expect(await use(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`)).toBe(
        '401 invalid_token',
      );
    }
  });

  it('is good a minute longer than it says, as clocks differ', async () => {
    expect(await use(make({ payload: { exp: now() - 30 } }))).toBe('200');
    expect(await use(make({ payload: { nbf: now() + 30 } }))).toBe('200');
  });

  it('that claims more than its holder may does nothing with that', async () => {
    const sam = await world.user('sam');
    const holder = { account: sam.id, token: null, password: null };
    expect(await use(make({ payload: { holder } }))).toBe('401 invalid_token');
    expect(await use(make({ payload: { holder: null } }))).toBe('401 insufficient_scope');
    const samToken = await world.tokenFor([], basic('sam', password));
    const mine = payloadOf(samToken)['holder'];
    expect(await use(make({ payload: { holder: mine } }))).toBe('401 insufficient_scope');
  });

  it('that expired is refused from memory too', async () => {
    const token = make({ payload: { exp: now() - 57 } });
    expect(await use(token)).toBe('200');
    await waitUntil('it is refused', async () => (await use(token)) === '401 invalid_token');
  });
});

describe('what is written to the log', () => {
  it('names no token, no password and no hash of one', async () => {
    const issued = await world.tokenFor(['repository:olga/hidden:pull'], basic('olga', password));
    await world.ask([], basic('olga', 'a-wrong-secret-word'));
    await world.call('/v2/token', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username: 'olga', password: 'another-wrong-word' }),
    });
    await world.probe('olga/other', 'pull', bearer(issued));
    await world.probe('olga/hidden', 'pull', bearer(`${issued}x`));
    await world.probe('olga/hidden', 'pull', bearer(Buffer.from(`${ownerToken}x`).toString('base64')));
    const text = world.logged.join('\n');
    expect(text).toContain('credentials_invalid');
    const { holder } = payload as { holder: { token: string } };
    const secrets = [ownerToken, password, 'a-wrong-secret-word', 'another-wrong-word', holder.token];
    for (const secret of [...secrets, issued, issued.split('.')[2]!]) expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(`olga:${password}`).toString('base64'));
  });
});
