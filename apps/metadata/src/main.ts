import { runAlone } from '@packhouse/runtime';
import { metadataService } from './index';

runAlone(metadataService);
