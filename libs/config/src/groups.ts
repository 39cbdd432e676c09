import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from './define-settings';
import { byteSize, flag, httpUrl, integer, wordList } from './schemas';

export const serverSettings = defineSettings('Server', {
  host: setting(
    'PACKHOUSE_HOST',
    z.string().default('127.0.0.1'),
    'Address to listen on. Use 0.0.0.0 to serve other machines.',
  ),
  port: setting(
    'PACKHOUSE_PORT',
    integer(0, 65535).default(4880),
    'Port to listen on; 0 takes any free one.',
  ),
  publicUrl: setting(
    'PACKHOUSE_URL',
    httpUrl().optional(),
    'The URL under which clients reach this instance. Every absolute link is built from it.',
    { defaultText: 'http://HOST:PORT' },
  ),
  trustedProxies: setting(
    'PACKHOUSE_TRUSTED_PROXIES',
    z.string().default(''),
    'Addresses (comma-separated, CIDR allowed) whose X-Forwarded-* headers are believed.',
  ),
  subdomains: setting(
    'PACKHOUSE_SUBDOMAINS',
    flag(false),
    'Serve each format on its own host name (npm.HOST) beside its path.',
  ),
  shutdownSeconds: setting(
    'PACKHOUSE_SHUTDOWN_SECONDS',
    integer(0, 600).default(15),
    'How long requests in flight may take at shutdown.',
  ),
});

export const dataSettings = defineSettings('Data', {
  folder: setting(
    'PACKHOUSE_DATA',
    z.string().default('./data'),
    'Folder of everything that the embedded mode keeps.',
  ),
  fsync: setting(
    'PACKHOUSE_FSYNC',
    flag(true),
    'Force file contents to the disk before an upload is acknowledged.',
  ),
  cacheMemory: setting(
    'PACKHOUSE_CACHE_MEMORY',
    byteSize().default(64_000_000),
    'Memory for rendered documents, per process.',
  ),
  cacheFolder: setting(
    'PACKHOUSE_CACHE_FOLDER',
    z.string().optional(),
    'Folder for large rendered documents; may be emptied at any time.',
    { defaultText: 'cache/documents in PACKHOUSE_DATA' },
  ),
});

export const databaseSettings = defineSettings('Database', {
  url: setting(
    'PACKHOUSE_DATABASE_URL',
    z.string().optional(),
    'Postgres URL. Unset: a Postgres of our own is started in the data folder.',
    { defaultText: 'embedded', secret: true },
  ),
  poolSize: setting('PACKHOUSE_DATABASE_POOL', integer(1, 200).default(8), 'Connections per service.'),
});

export const busSettings = defineSettings('Bus', {
  natsUrl: setting(
    'PACKHOUSE_NATS_URL',
    z.string().optional(),
    'NATS servers (comma-separated). Unset: services call each other in process.',
    { defaultText: 'in process', secret: true },
  ),
  redisUrl: setting(
    'PACKHOUSE_REDIS_URL',
    z.string().optional(),
    'Redis URL for job wake-ups and shared counters. Unset: Postgres and memory serve them.',
    { defaultText: 'none', secret: true },
  ),
  eventDays: setting(
    'PACKHOUSE_EVENT_DAYS',
    integer(0, 36_500).default(30),
    'How long events that every service has heard stay in the log of events; 0 keeps them for ever.',
  ),
});

export const storageSettings = defineSettings('Storage', {
  s3Endpoint: setting(
    'PACKHOUSE_S3_ENDPOINT',
    httpUrl().optional(),
    'S3 server for blobs. Unset: a folder below the data folder.',
    { defaultText: 'disk' },
  ),
  s3Bucket: setting(
    'PACKHOUSE_S3_BUCKET',
    z.string().min(3, { error: 'use a bucket name of at least 3 characters' }).default('packhouse'),
    'Bucket; made at start if it is missing.',
  ),
  s3Region: setting('PACKHOUSE_S3_REGION', z.string().default('us-east-1'), 'Region of the bucket.'),
  s3AccessKey: setting('PACKHOUSE_S3_ACCESS_KEY', z.string().optional(), 'Access key.', { secret: true }),
  s3SecretKey: setting('PACKHOUSE_S3_SECRET_KEY', z.string().optional(), 'Secret key.', { secret: true }),
  s3PublicEndpoint: setting(
    'PACKHOUSE_S3_PUBLIC_ENDPOINT',
    httpUrl().optional(),
    'URL under which clients reach the S3 server, where reads are redirected to it.',
    { defaultText: 'PACKHOUSE_S3_ENDPOINT' },
  ),
});

export const deliverySettings = defineSettings('Delivery of files', {
  redirectFormats: setting(
    'PACKHOUSE_REDIRECT_READS',
    wordList(),
    'Formats (comma-separated, or `all`) whose larger files clients fetch from the S3 server, by a URL that is signed for a short time. Needs clients that drop their credentials when they are redirected to another host.',
    { defaultText: 'none' },
  ),
  redirectSeconds: setting(
    'PACKHOUSE_REDIRECT_SECONDS',
    integer(60, 3600).default(1200),
    'How long such a URL is valid: also for somebody who may not read the file any more.',
  ),
  accelPrefix: setting(
    'PACKHOUSE_ACCEL_PREFIX',
    z
      .string()
      .regex(/^\/[\w.-]+(\/[\w.-]+)*\/$/, { error: 'use a path such as /internal-blobs/' })
      .optional(),
    'With blobs on disk behind nginx: the internal location from which nginx sends larger files (`X-Accel-Redirect`). Every request must come through that nginx.',
    { defaultText: 'none' },
  ),
});

export const accountSettings = defineSettings('Accounts', {
  adminLogin: setting(
    'PACKHOUSE_ADMIN_LOGIN',
    z.string().default('admin-user'),
    'Login of the administrator that the first start creates.',
  ),
  adminPassword: setting(
    'PACKHOUSE_ADMIN_PASSWORD',
    z.string().min(12, { error: 'use at least 12 characters' }).optional(),
    'Password of that administrator. Unset: a random one, printed once.',
    { secret: true, defaultText: 'random' },
  ),
  signUp: setting('PACKHOUSE_SIGN_UP', flag(false), 'Whether anybody may create an account.'),
});

export const gatewayRateLimitSettings = defineSettings('Rate limits of package managers', {
  signedIn: setting(
    'PACKHOUSE_GATEWAY_RATE_LIMIT_SIGNED_IN',
    integer(0, 1_000_000_000).default(0),
    'Requests of package managers in a window with one token, or of one account that signs in with its password; 0: no limit.',
  ),
  address: setting(
    'PACKHOUSE_GATEWAY_RATE_LIMIT_ADDRESS',
    integer(0, 1_000_000_000).default(0),
    'Requests of package managers in a window of one address without a credential, or with a wrong one; 0: no limit. Everybody behind one NAT who has not signed in is counted together.',
  ),
  windowSeconds: setting(
    'PACKHOUSE_GATEWAY_RATE_LIMIT_SECONDS',
    integer(1, 86_400).default(60),
    'Length of such a window. Clients wait for a minute at most: with a longer one they fail.',
  ),
});

export const logSettings = defineSettings('Logs', {
  level: setting(
    'PACKHOUSE_LOG_LEVEL',
    z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
        error: 'use trace, debug, info, warn, error or silent',
      })
      .default('info'),
    'Least severe level that is written.',
  ),
  format: setting(
    'PACKHOUSE_LOG_FORMAT',
    z.enum(['text', 'json'], { error: 'use text or json' }).default('text'),
    'One readable line each, or JSON lines.',
  ),
});

export const credentialSettings = defineSettings('Credentials', {
  fineGrainedTokenDays: setting(
    'PACKHOUSE_FINE_GRAINED_TOKEN_DAYS',
    integer(1, 3650).default(366),
    'Longest lifetime of a fine-grained token.',
  ),
  workflowTokenMinutes: setting(
    'PACKHOUSE_WORKFLOW_TOKEN_MINUTES',
    integer(1, 1440).default(60),
    'Lifetime of a workflow token that was asked for without one.',
  ),
  sessionIdleHours: setting(
    'PACKHOUSE_SESSION_IDLE_HOURS',
    integer(1, 8760).default(72),
    'A session of the web interface ends when it was not used for this long.',
  ),
  sessionDays: setting(
    'PACKHOUSE_SESSION_DAYS',
    integer(1, 365).default(30),
    'Longest lifetime of a session of the web interface.',
  ),
  privateIssuers: setting(
    'PACKHOUSE_PRIVATE_ISSUERS',
    flag(false),
    'Whether issuers of ID tokens (trusted publishing) may be on private addresses, and on this machine without TLS.',
  ),
});

export const readAuditSettings = defineSettings('Reads in the audit log', {
  reads: setting(
    'PACKHOUSE_AUDIT_READS',
    z.enum(['off', 'downloads', 'all'], { error: 'use off, downloads or all' }).default('off'),
    'Which reads of packages the audit log keeps: off, downloads (files), or all (documents too). Policies of organizations may add to it.',
  ),
});

/** Every group of the core, in the order of the documentation; gateways bring their own. */
export const allSettings = {
  server: serverSettings,
  data: dataSettings,
  database: databaseSettings,
  bus: busSettings,
  storage: storageSettings,
  delivery: deliverySettings,
  accounts: accountSettings,
  credentials: credentialSettings,
  readAudit: readAuditSettings,
  gatewayRateLimit: gatewayRateLimitSettings,
  logs: logSettings,
} as const;

export type ServerSettings = SettingsOf<typeof serverSettings>;
export type DataSettings = SettingsOf<typeof dataSettings>;
export type DatabaseSettings = SettingsOf<typeof databaseSettings>;
export type BusSettings = SettingsOf<typeof busSettings>;
export type StorageSettings = SettingsOf<typeof storageSettings>;
export type AccountSettings = SettingsOf<typeof accountSettings>;
export type CredentialSettings = SettingsOf<typeof credentialSettings>;
export type LogSettings = SettingsOf<typeof logSettings>;
