export { BillingModule } from './billing.module';
export { billingService } from './billing.service-definition';
