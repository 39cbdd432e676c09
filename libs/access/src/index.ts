export * from './decide-access';
export * from './facts';
export * from './scopes';
