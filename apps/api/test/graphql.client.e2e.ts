import { selectModes } from '@packhouse/testing';
import { describeBombs } from './graphql/bombs.suite';
import { describeChanges } from './graphql/changes.suite';
import { GraphqlWorld } from './graphql/graphql-world';
import { describeLimits } from './graphql/limits.suite';
import { describePrivacy } from './graphql/privacy.suite';
import { describeReading } from './graphql/reading.suite';

jest.setTimeout(60_000);

describe.each(selectModes())('GraphQL, %s', (mode) => {
  let started: GraphqlWorld;
  const world = (): GraphqlWorld => started;

  beforeAll(async () => {
    started = await GraphqlWorld.start(mode);
  }, 240_000);
  afterAll(() => started?.stop(), 60_000);

  describeReading(world);
  describePrivacy(world);
  describeLimits(world);
  describeBombs(world);
  describeChanges(world);
});
