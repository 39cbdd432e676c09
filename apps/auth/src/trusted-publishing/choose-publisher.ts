import { matchesName, type PackageRole } from '@packhouse/contracts';
import { DomainError, matchesPattern } from '@packhouse/kernel';
import type { VerifiedIdToken } from './id-tokens';

/** A registered publisher, as far as the choice needs it. */
export interface Candidate {
  readonly id: string;
  readonly ownerId: string;
  readonly repositoryId: string | null;
  readonly repositoryKey: string | null;
  readonly packageName: string | null;
  readonly format: string | null;
  readonly audience: string | null;
  readonly claims: Readonly<Record<string, string>>;
  readonly role: PackageRole;
  /** Login of the owner while it is suspended. */
  readonly suspendedOwner: string | null;
}

/** What the token is asked for. */
export interface Wanted {
  readonly ownerLogin: string;
  readonly repositoryName: string | null;
  readonly packageName: string | null;
  readonly format: string | null;
  readonly publisherId: string | null;
  readonly audiences: readonly string[];
}

/** Why a publisher does not match; the claims that did match before tell how near it was. */
interface Fault {
  readonly matched: number;
  readonly sentence: string;
}

/**
 * The publisher whose terms this token meets. The candidates are those of one owner for the token's issuer.
 * @throws DomainError `forbidden`: says which claim is to blame, and its value in the token, never what was registered.
 */
export function choosePublisher(
  candidates: readonly Candidate[],
  token: VerifiedIdToken,
  wanted: Wanted,
): Candidate {
  const asked = candidates.filter((one) => isAskedFor(one, wanted));
  if (asked.length === 0) throw nobody(token.issuer, wanted);
  const judged = asked.map((candidate) => ({ candidate, fault: findFault(candidate, token, wanted) }));
  const matching = judged.filter(({ fault }) => fault === null).map(({ candidate }) => candidate);
  if (matching.length === 0) {
    const nearest = judged.reduce((a, b) => ((b.fault?.matched ?? 0) > (a.fault?.matched ?? 0) ? b : a));
    throw new DomainError('forbidden', nearest.fault?.sentence);
  }
  return pickOne(matching, wanted);
}

function isAskedFor(candidate: Candidate, wanted: Wanted): boolean {
  const { repositoryName, packageName, format, publisherId } = wanted;
  if (publisherId !== null && candidate.id !== publisherId) return false;
  if (repositoryName !== null && candidate.repositoryKey !== repositoryName.toLowerCase()) return false;
  if (candidate.format !== null && format !== null && candidate.format !== format) return false;
  if (packageName === null) return true;
  return candidate.packageName === null || matchesName(candidate.packageName, packageName);
}

function findFault(
  candidate: Candidate,
  token: VerifiedIdToken,
  { audiences, ownerLogin }: Wanted,
): Fault | null {
  const accepted = candidate.audience === null ? audiences : [candidate.audience];
  if (!token.audiences.some((audience) => accepted.includes(audience)))
    return { matched: 0, sentence: wrongAudience(candidate, token, audiences) };
  let matched = 1;
  let sentence: string | null = null;
  for (const [claim, pattern] of Object.entries(candidate.claims)) {
    const value = readClaim(token.claims, claim);
    if (value !== null && matchesPattern(pattern, value)) matched++;
    else sentence ??= wrongClaim(claim, value, ownerLogin);
  }
  return sentence === null ? null : { matched, sentence };
}

/** Claims of one value; lists and objects are never compared, as what they mean differs from issuer to issuer. */
function readClaim(claims: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function pickOne(matching: readonly Candidate[], { ownerLogin, packageName }: Wanted): Candidate {
  const [first, ...others] = [...matching].sort((a, b) => rankOf(b) - rankOf(a));
  if (first && (others.length === 0 || packageName !== null)) return first;
  throw new DomainError(
    'invalid_request',
    `More than one trusted publisher of "${ownerLogin}" matches this ID token: name the package, the repository or the publisher.`,
  );
}

/** The narrowest trust first. */
function rankOf({ packageName, repositoryId }: Candidate): number {
  if (packageName !== null) return packageName.includes('*') ? 2 : 3;
  return repositoryId === null ? 0 : 1;
}

const shown = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 199)}…` : text);

export function nobody(issuer: string, { ownerLogin, repositoryName, packageName }: Wanted): DomainError {
  const what = packageName ?? repositoryName;
  const scope = what === null ? '' : ` for ${shown(what)}`;
  return new DomainError(
    'forbidden',
    `No trusted publisher of ${shown(ownerLogin)}${scope} is registered with the issuer ${shown(issuer)}: an owner registers it first.`,
  );
}

function wrongClaim(claim: string, value: string | null, ownerLogin: string): string {
  const what =
    value === null
      ? `The ID token has no claim "${claim}" of one value`
      : `The claim "${claim}" of the ID token is ${shown(value)}`;
  return `${what}, and no trusted publisher of "${ownerLogin}" accepts that.`;
}

function wrongAudience(
  { audience }: Candidate,
  token: VerifiedIdToken,
  audiences: readonly string[],
): string {
  const mend =
    audience === null
      ? `ask the CI system for one with the audience ${audiences.map(shown).join(' or ')}`
      : 'ask the CI system for one with the audience that the publisher was registered with';
  return `The claim "aud" of the ID token is ${token.audiences.map(shown).join(', ')}: ${mend}.`;
}
