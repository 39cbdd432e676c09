export { limitsAllow } from './credential-ability';
export * from './decide-access';
export * from './explain-access';
export * from './facts';
export * from './scopes';
