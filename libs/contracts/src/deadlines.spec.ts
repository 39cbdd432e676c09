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
    for (const { deadlineMs } of [restorePackage, restoreVersion, commitVersion, approveStagedVersion])
      expect(deadlineMs).toBeGreaterThan(room);
  });
});
