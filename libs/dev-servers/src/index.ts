export * from './broker-servers';
export * from './guarded-processes';
export * from './s3-server';
