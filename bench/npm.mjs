/**
 * The npm gateway beside Verdaccio and nginx, in one run on one machine: what section "npm" of docs/performance.md shows.
 * Nothing here passes or fails; figures next to goals are for people to judge.
 */
import { measureDocuments, measureTarball } from './npm-reads.mjs';
import { measureGrowth, measureLarge, measurePublishes } from './npm-writes.mjs';
import { startNginx } from './nginx.mjs';
import { renderTable } from './report.mjs';
import { startOurs, startVerdaccio } from './registries.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

export async function benchNpm(testing, { quick, say }) {
  const stops = [];
  try {
    const context = await startAll({ testing, quick, say, stops });
    const { ours } = context;
    const writes = await measurePublishes(context);
    const growth = await measureGrowth(context);
    const documents = await measureDocuments(context);
    const tarball = await measureTarball(context);
    say('starting again on the same data');
    const secondStart = await ours.restart();
    // from a fresh start: after all those reads the process has memory to spare that it would grow into
    await pause(3000);
    const large = await measureLarge(context);
    const starts = [
      row('First start', `${ours.firstStart} ms`, '-', '-'),
      row('Start on existing data', `${secondStart} ms`, '-', 'at most 3 s'),
    ];
    const memory = [...memoryRows(context.idle, [documents.peak, tarball.peak]), large.memory];
    return [
      renderTable('Reads, requests per second at 64 connections', [...documents.rows, ...tarball.rows]),
      renderTable('Publishing', [...writes, ...growth, large.time]),
      renderTable('Memory (sum of the proportional shares of all processes)', memory),
      renderTable('Starting', starts),
    ].join('\n');
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** Packhouse first and alone, so that its idle memory is measured before anything else runs. */
async function startAll({ testing, quick, say, stops }) {
  say('starting Packhouse, Verdaccio and nginx');
  const ours = await startOurs(testing);
  stops.push(ours.stop);
  await pause(quick ? 3000 : 15_000);
  const idle = { ours: testing.measureMemory(ours.pid) };
  const verdaccio = await startVerdaccio(testing);
  stops.push(verdaccio.stop);
  idle.verdaccio = testing.measureMemory(verdaccio.pid);
  const nginx = await startNginx(testing);
  stops.push(nginx.stop);
  return {
    testing,
    ours,
    verdaccio,
    nginx,
    idle,
    quick,
    say,
    seconds: quick ? 2 : 6,
    many: quick ? 500 : 5000,
  };
}

function memoryRows(idle, peaks) {
  const most = (who) => megabytes(Math.max(...peaks.map((peak) => peak[who])));
  return [
    row(
      'Whole platform idle, Postgres included',
      megabytes(idle.ours),
      megabytes(idle.verdaccio),
      'at most 250 MB',
    ),
    row('The same under 64 connections', most('ours'), most('verdaccio'), 'at most 450 MB'),
  ];
}

function row(what, ours, theirs, goal) {
  return { what, ours, theirs, goal };
}
