import fc from 'fast-check';
import { DomainError } from '@packhouse/kernel';
import { readRoute, type RegistryRoute } from './route';

/** The protocol's code of a refusal, and its sentence. */
function refusalOf(work: () => unknown): { code: unknown; sentence: string } | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { code: error.details['oci'], sentence: error.message };
  }
}

const name = 'acme/app';
const digest = `sha256:${'a'.repeat(64)}`;

describe('a path below the root', () => {
  it.each<[string, RegistryRoute | null]>([
    ['', { kind: 'root' }],
    ['/', { kind: 'root' }],
    ['/_catalog', { kind: 'catalog' }],
    [`/${name}/manifests/latest`, { kind: 'manifest', name, reference: 'latest' }],
    [`/${name}/manifests/${digest}`, { kind: 'manifest', name, reference: digest }],
    [`/${name}/manifests/sha256%3A${'a'.repeat(64)}`, { kind: 'manifest', name, reference: digest }],
    [`/${name}/blobs/${digest}`, { kind: 'blob', name, digest }],
    [`/${name}/blobs/uploads/`, { kind: 'uploads', name }],
    [`/${name}/blobs/uploads`, { kind: 'uploads', name }],
    [`/${name}/blobs/uploads/some-id`, { kind: 'upload', name, id: 'some-id' }],
    [`/${name}/tags/list`, { kind: 'tags', name }],
    [`/${name}/referrers/${digest}`, { kind: 'referrers', name, digest }],
    ['/acme%2Dtwo/app/tags/list', { kind: 'tags', name: 'acme-two/app' }],
    // Words of the protocol are names too.
    ['/acme/blobs/uploads/', { kind: 'uploads', name: 'acme' }],
    [`/acme/blobs/blobs/${digest}`, { kind: 'blob', name: 'acme/blobs', digest }],
    [
      '/acme/manifests/manifests/manifests',
      { kind: 'manifest', name: 'acme/manifests', reference: 'manifests' },
    ],
    ['/acme/tags/list/tags/list', { kind: 'tags', name: 'acme/tags/list' }],
    ['/acme/blobs/uploads/tags/list', { kind: 'tags', name: 'acme/blobs/uploads' }],
    ['/acme/blobs/uploads/manifests/1', { kind: 'manifest', name: 'acme/blobs/uploads', reference: '1' }],
    ['/acme/referrers/blobs/uploads/x', { kind: 'upload', name: 'acme/referrers', id: 'x' }],
    [`/${name}`, null],
    [`/${name}/tags/list/`, null],
    [`/${name}/manifests/`, null],
    [`/${name}/tags`, null],
    ['/list', null],
  ])('%s is read from the right', (path, route) => {
    expect(readRoute(path)).toEqual(route);
  });

  it.each([
    '/../etc/manifests/1',
    '/acme/%2e%2e/app/manifests/1',
    '/acme//app/manifests/1',
    '//manifests/1',
    '/manifests/1',
    '/Acme/app/manifests/1',
    '/acme%2Fapp/manifests/1',
    '/acme/app%00/manifests/1',
    '/acme/%252e/manifests/1',
    '/acme/%zz/manifests/1',
    '/acme/_app/tags/list',
    '/-acme/app/tags/list',
    '/acme/a..b/tags/list',
    `/${'a'.repeat(201)}/tags/list`,
    `/${'a/'.repeat(5000)}tags/list`,
  ])('%.60s has no name of an image', (path) => {
    expect(refusalOf(() => readRoute(path))).toMatchObject({ code: 'NAME_INVALID' });
  });

  it('is a route, nothing, or refused as a name: never anything else', () => {
    const part = fc.oneof(
      fc.constantFrom('blobs', 'uploads', 'manifests', 'tags', 'list', 'referrers', '', '..', '%2f', '%'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          const route = readRoute(`/${parts.join('/')}`);
          if (route && 'name' in route) expect(route.name).toMatch(/^[a-z0-9][a-z0-9._/-]*$/);
        } catch (error) {
          expect(error).toMatchObject({ details: { oci: 'NAME_INVALID' } });
        }
      }),
    );
  });
});
