import { runAlone } from '@packhouse/runtime';
import { apiService } from './index';

runAlone(apiService);
