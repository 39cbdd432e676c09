import { runAlone } from '@packhouse/runtime';
import { npmGateway } from './index';

runAlone(npmGateway);
