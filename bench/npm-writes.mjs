/** Publishing: many small ones in a row, into a package that is large already, and one tarball of 250 MB. */
import { makeLargeTarball, publishLarge } from './large-publish.mjs';
import { watchMemory } from './memory.mjs';
import { buildSmall, median, publish } from './registries.mjs';
import { milliseconds, times } from './report.mjs';

const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function timeRow(what, ours, theirs, goal) {
  return { what, ours: milliseconds(ours), theirs: milliseconds(theirs), ratio: times(theirs / ours), goal };
}

/** One after the other, as a build server does; every version is a package's, so a slow registry slows down with it. */
async function publishInARow(testing, target, count, nameOf, versionOf) {
  const taken = [];
  for (let index = 0; index < count; index += 1) {
    taken.push(await publish(testing, target, await buildSmall(testing, nameOf(index), versionOf(index))));
  }
  return taken;
}

export async function measurePublishes({ testing, ours, verdaccio, say }) {
  const rows = [];
  // servers run for days: neither is judged by code that it has not compiled yet
  for (const target of [ours, verdaccio]) {
    await publishInARow(
      testing,
      target,
      100,
      () => '@alice/warm',
      (index) => `1.0.${index}`,
    );
  }
  const cases = [
    ['200 versions of one package in a row, each', () => '@alice/two-hundred', (index) => `1.0.${index}`],
    ['200 packages in a row, each', (index) => `@alice/package-${index}`, () => '1.0.0'],
  ];
  for (const [what, nameOf, versionOf] of cases) {
    say(what);
    const [mine, theirs] = [
      average(await publishInARow(testing, ours, 200, nameOf, versionOf)),
      average(await publishInARow(testing, verdaccio, 200, nameOf, versionOf)),
    ];
    rows.push(timeRow(what, mine, theirs, 'at least 8 x'));
  }
  return rows;
}

export async function measureGrowth({ testing, ours, many, quick, say }) {
  say(`filling a package with ${many} versions`);
  const versions = Array.from({ length: many }, (_, index) => `1.${Math.floor(index / 100)}.${index % 100}`);
  const next = async () => {
    for (let version = versions.shift(); version; version = versions.shift()) {
      await publish(testing, ours, await buildSmall(testing, '@alice/many', version));
    }
  };
  const started = Date.now();
  await Promise.all([next(), next(), next(), next()]);
  say(`took ${((Date.now() - started) / 1000).toFixed(0)} s`);
  const count = quick ? 20 : 60;
  const empty = [];
  const full = [];
  // in turn, so that whatever else the machine does meets both
  for (let index = 0; index < count; index += 1) {
    empty.push(await publish(testing, ours, await buildSmall(testing, `@alice/fresh-${index}`, '1.0.0')));
    full.push(await publish(testing, ours, await buildSmall(testing, '@alice/many', `2.0.${index}`)));
  }
  const [one, other] = [median(empty), median(full)];
  return [
    { what: 'Publish into an empty package, median', ours: milliseconds(one) },
    {
      what: `Publish into a package with ${many} versions, median`,
      ours: `${milliseconds(other)} (${times(other / one)})`,
      goal: 'at most 2 x empty',
    },
  ];
}

export async function measureLarge({ testing, ours, quick, say }) {
  const size = quick ? 50 : 250;
  say(`publishing a tarball of ${size} MB`);
  const tarball = await makeLargeTarball(testing, size * 1_000_000);
  const { before, peak, result } = await watchMemory(testing, ours.pid, () => publishLarge(ours, tarball));
  return {
    time: { what: `Publish of a ${size} MB tarball`, ours: `${result.toFixed(1)} s` },
    memory: {
      what: `Growth while a ${size} MB tarball is published`,
      ours: `${Math.round((peak - before) / 1e6)} MB`,
      goal: 'at most 80 MB',
    },
  };
}
