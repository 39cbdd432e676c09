import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentSettings } from '@packhouse/config';
import { listOwnSettings } from './print-settings';

describe('docs/settings.md', () => {
  it('says what the code says: npm run packhouse -- settings --markdown > docs/settings.md', async () => {
    const page = readFileSync(join(__dirname, '../../../../docs/settings.md'), 'utf8');
    expect(page.trim()).toBe(documentSettings(await listOwnSettings()).trim());
  });
});
