import type { MetadataClient } from '@packhouse/contracts';

/** The metadata service as far as it is asked here: what the versions of owners have. */
export class FakeMetadata {
  private readonly live = new Map<string, Map<string, number>>();
  asked = 0;
  /** Runs when the answer is made and not given yet. */
  meanwhile: () => Promise<void> = async () => undefined;

  readonly client = {
    measureStorage: async ({ ownerId, besides = [] }: { ownerId: string; besides?: string[] }) => {
      this.asked += 1;
      const live = this.of(ownerId);
      const bytes = [...live.values()].reduce((sum, size) => sum + size, 0);
      const answer = { bytes, absent: besides.filter((sha256) => !live.has(sha256)) };
      await this.meanwhile();
      return answer;
    },
  } as unknown as MetadataClient;

  of(ownerId: string): Map<string, number> {
    const live = this.live.get(ownerId) ?? new Map<string, number>();
    this.live.set(ownerId, live);
    return live;
  }
}
