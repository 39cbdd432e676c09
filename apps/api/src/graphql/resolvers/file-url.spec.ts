import { fileUrl, type FileNames } from './file-url';

const names: FileNames = {
  owner: 'acme',
  name: '@acme/lib',
  apiName: 'lib',
  version: '1.0.0+build',
  file: 'lib-1.0.0.tgz',
  sha256: 'ab12',
};

describe('the address of a file', () => {
  it('is what its format says, with names as clients write them', () => {
    expect(fileUrl('/npm/{name}/-/{file}', names)).toBe('/npm/@acme/lib/-/lib-1.0.0.tgz');
    expect(fileUrl('/v2/{owner}/{apiName}/blobs/sha256:{sha256}', names)).toBe(
      '/v2/acme/lib/blobs/sha256:ab12',
    );
    expect(fileUrl('/{owner}/{apiName}/{version}', names)).toBe('/acme/lib/1.0.0%2Bbuild');
  });

  it('keeps what would begin something else in an address from doing so', () => {
    const hostile = { ...names, file: 'a?b#c%2f\\d@e {name}' };
    expect(fileUrl('/{file}', hostile)).toBe('/a%3Fb%23c%252f%5Cd%40e%20%7Bname%7D');
  });

  it('is none where a name would lead somewhere else', () => {
    for (const file of ['..', '../../api/v3/user', 'a/../b', '.'])
      expect(fileUrl('/npm/{file}', { ...names, file })).toBeNull();
  });
});
