import { LocalPostgres } from '../../src/local-postgres';

/** A process that owns the Postgres of a folder until it is told to stop, or killed. Arguments: folder, uid, gid. */
async function own(folder: string, uid: number, gid: number): Promise<void> {
  if (uid > 0) {
    process.setgroups!([]);
    process.setgid!(gid);
    process.setuid!(uid);
  }
  const say = (word: string, fact: string | number | undefined): void =>
    void process.stdout.write(`${word} ${fact}\n`);
  try {
    const server = await LocalPostgres.start({ folder, onProgress: (line) => say('progress', line) });
    say('pid', server.pid);
    say('url', server.connectionUrl());
    process.once('SIGTERM', () => void server.stop());
    // Holds the process open as a product's listener does.
    const hold = setInterval(() => undefined, 1000);
    process.once('SIGTERM', () => clearInterval(hold));
  } catch (error) {
    say('refused', (error as Error).message);
    process.exitCode = 1;
  }
}

void own(process.argv[2]!, Number(process.argv[3]), Number(process.argv[4]));
