import { readPut, readRevisionPut, readTags } from './write-requests';

const parse = (text: string): unknown => JSON.parse(text);

describe('what a PUT asks for', () => {
  it('is a publish when something is attached', () => {
    expect(readPut({ versions: { '1.0.0': {} }, _attachments: { 'x.tgz': {} } })).toEqual({
      operation: 'publish',
    });
  });

  it('is a deprecation when there are versions and nothing is attached', () => {
    const document = parse(
      '{"versions":{"1.0.0":{"deprecated":"old"},"1.1.0":{"deprecated":""},"1.2.0":{},"2.0.0":null,"__proto__":{"deprecated":"x"}},"users":{},"_attachments":{}}',
    );
    const request = readPut(document);
    expect(request.operation).toBe('deprecate');
    expect(request).toMatchObject({
      messages: new Map([
        ['1.0.0', 'old'],
        ['1.1.0', null],
        ['1.2.0', null],
        ['2.0.0', null],
        ['__proto__', 'x'],
      ]),
    });
    expect(({} as { deprecated?: string }).deprecated).toBeUndefined();
  });

  it('is a star when there are users only', () => {
    expect(readPut(parse('{"_id":"x","users":{"Alice":true,"bob":false,"__proto__":true}}'))).toEqual({
      operation: 'star',
      stars: new Set(['alice', '__proto__']),
    });
  });

  it.each([undefined, null, [], 'x', {}, { versions: [] }, { users: 'x' }, { _attachments: {} }])(
    'is refused for %j',
    (document) => {
      expect(() => readPut(document)).toThrow('nothing says what to change');
    },
  );

  it('does not look at what objects inherit', () => {
    expect(() => readPut(Object.create({ versions: {} }))).toThrow('nothing says what to change');
  });

  it('bounds deprecation messages', () => {
    expect(() => readPut({ versions: { '1.0.0': { deprecated: 'x'.repeat(5000) } } })).toThrow(
      'at most 4096',
    );
  });
});

describe('what a PUT of a revision asks for', () => {
  it('is the removal of the versions that are not there', () => {
    expect(
      readRevisionPut({ versions: { '1.0.0': {} }, 'dist-tags': { latest: '1.0.0' }, maintainers: [] }),
    ).toEqual({
      operation: 'unpublish',
      remaining: new Set(['1.0.0']),
      tags: new Map([['latest', '1.0.0']]),
    });
  });

  it('is a change of owners, each once', () => {
    const maintainers = [{ name: 'alice', email: 'a@x' }, { name: 'bob' }, { name: 'alice' }];
    expect(readRevisionPut({ maintainers })).toEqual({ operation: 'owners', names: ['alice', 'bob'] });
  });

  it.each([[[]], [[{}]], [[null]], [[{ name: '' }]], [['alice']], [[{ name: 'x'.repeat(101) }]]])(
    'refuses the owners %j',
    (maintainers) => {
      expect(() => readRevisionPut({ maintainers })).toThrow(/owner|name/);
    },
  );

  it('is refused without either', () => {
    expect(() => readRevisionPut({ _id: 'x' })).toThrow('nothing says what to change');
  });

  it('reads tags with hostile names as a map and refuses values that are not text', () => {
    expect(readTags(parse('{"dist-tags":{"__proto__":"1.0.0"}}'))).toEqual(new Map([['__proto__', '1.0.0']]));
    expect(() => readTags({ 'dist-tags': { latest: 1 } })).toThrow('does not name a version');
  });
});
