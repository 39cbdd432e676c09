import { runAlone } from '@packhouse/runtime';
import { authService } from './index';

runAlone(authService);
