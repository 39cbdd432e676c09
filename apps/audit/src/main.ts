import { runAlone } from '@packhouse/runtime';
import { auditService } from './index';

runAlone(auditService);
