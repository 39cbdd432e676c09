import { runAlone } from '@packhouse/runtime';
import { billingService } from './index';

runAlone(billingService);
