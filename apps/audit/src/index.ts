export { AuditModule } from './audit.module';
export { auditService } from './audit.service-definition';
