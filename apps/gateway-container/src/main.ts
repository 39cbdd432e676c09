import { runAlone } from '@packhouse/runtime';
import { containerGateway } from './index';

runAlone(containerGateway);
