import { wholeName } from './package-formats';

describe('the whole name of a package', () => {
  it('is made of the owner and of what the API shows', () => {
    expect(wholeName('@{owner}/{name}', 'acme', 'lib')).toBe('@acme/lib');
    expect(wholeName('{owner}.{name}.x', 'acme', 'lib')).toBe('acme.lib.x');
  });

  it('stays as it is, in any case of letters, and where a format has no other', () => {
    expect(wholeName('@{owner}/{name}', 'acme', '@Acme/lib')).toBe('@Acme/lib');
    expect(wholeName('{name}', 'acme', 'group/lib')).toBe('group/lib');
  });

  it('is of this owner, whatever a request says', () => {
    expect(wholeName('@{owner}/{name}', 'acme', '@other/lib')).toBe('@acme/@other/lib');
    expect(wholeName('@{owner}/{name}', 'acme', '{owner}')).toBe('@acme/{owner}');
  });
});
