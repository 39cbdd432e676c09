export * from './clock';
export * from './digests';
export * from './errors';
export * from './ids';
export * from './logins';
export * from './pagination';
export * from './tokens';
export * from './units';
