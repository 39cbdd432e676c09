import { runAlone } from '@packhouse/runtime';
import { blobsService } from './index';

runAlone(blobsService);
