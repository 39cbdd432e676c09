import fc from 'fast-check';
import { encodeJson, WrittenJson } from './written-json';

describe('written JSON', () => {
  it('is the text that JSON.stringify gives, wherever a written value stands', () => {
    const values = fc.oneof(fc.jsonValue(), fc.constant(undefined));
    const members = fc.dictionary(fc.string(), fc.tuple(values, fc.boolean()), { noNullPrototype: true });
    fc.assert(
      fc.property(fc.oneof(members, fc.array(members)), (plan) => {
        const make = (isWritten: boolean) => (object: Record<string, [unknown, boolean]>) =>
          Object.fromEntries(
            Object.entries(object).map(([key, [value, write]]) => [
              key,
              isWritten && write && value !== undefined ? WrittenJson.of(value) : value,
            ]),
          );
        const [plain, written] = [false, true].map((isWritten) =>
          Array.isArray(plan) ? plan.map(make(isWritten)) : make(isWritten)(plan),
        );
        expect(encodeJson(written).toString()).toBe(JSON.stringify(plain));
        expect(JSON.stringify(written)).toBe(JSON.stringify(plain));
      }),
    );
  });

  it('is the same in lists of written values', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const list = values.map((value) => WrittenJson.of(value));
        expect(encodeJson(list).toString()).toBe(JSON.stringify(values));
        expect(JSON.stringify(list)).toBe(JSON.stringify(values));
      }),
    );
  });

  it('holds written values itself', () => {
    const inner = WrittenJson.of({ b: 'ü' });
    expect(WrittenJson.of({ a: inner }).bytes.toString()).toBe('{"a":{"b":"ü"}}');
    expect(encodeJson([WrittenJson.of({ a: inner })]).toString()).toBe('[{"a":{"b":"ü"}}]');
  });

  it('leaves every other value as it is', () => {
    for (const value of [null, 1, 'text', true, [], {}, [null, undefined, 1], new Date(0), [[{ a: 1 }]]])
      expect(encodeJson(value).toString()).toBe(JSON.stringify(value));
    expect(encodeJson([WrittenJson.of({ a: 1 }), { b: 2 }]).toString()).toBe('[{"a":1},{"b":2}]');
    expect(encodeJson([[WrittenJson.of({ a: 1 })]]).toString()).toBe('[[{"a":1}]]');
  });
});
