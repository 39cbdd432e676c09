import { billingContract } from './billing.contract';
import { metadataContract } from './metadata.contract';

const { findStorageLimit, getStorage, reserveStorage, releaseStorage } = billingContract.operations;
const { measureStorage, restorePackage, restoreVersion, commitVersion, approveStagedVersion } =
  metadataContract.operations;

describe('whoever asks others for an answer', () => {
  it('waits longer than they do for what an owner stores', () => {
    for (const { deadlineMs } of [getStorage, reserveStorage])
      expect(deadlineMs).toBeGreaterThan(measureStorage.deadlineMs);
  });

  it('waits longer than it takes to reserve room for what comes back', () => {
    const asked = [findStorageLimit, measureStorage, reserveStorage, releaseStorage];
    const room = asked.reduce((sum, { deadlineMs }) => sum + deadlineMs, 0);
    for (const { deadlineMs } of [restorePackage, restoreVersion, approveStagedVersion])
      expect(deadlineMs).toBeGreaterThan(room);
  });

  it('does not wait long for a publish whose process may have died: clients give up after half a minute', () => {
    expect(commitVersion.deadlineMs).toBeLessThanOrEqual(15_000);
  });
});
