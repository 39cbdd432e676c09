import type { FormatDescriptor } from '@packhouse/contracts';

/** Formats that GitHub's schema names, and `CONTAINER`, which it lacks. */
const knownTypes = ['CONTAINER', 'DEBIAN', 'DOCKER', 'MAVEN', 'NPM', 'NUGET', 'PYPI', 'RUBYGEMS'];

/** How GraphQL writes the type of packages of a format: as the REST API does, in capitals. */
export function packageTypeOf({ id, packageType }: Pick<FormatDescriptor, 'id' | 'packageType'>): string {
  return (packageType || id).toUpperCase().replace(/[^A-Z0-9_]/g, '_');
}

/** The types of packages: those that GitHub knows and whatever else this instance serves. */
export function packageTypeEnum(
  formats: ReadonlyArray<Pick<FormatDescriptor, 'id' | 'packageType'>>,
): string {
  const names = [...new Set([...knownTypes, ...formats.map(packageTypeOf)])].sort();
  return `
"A format. An addition to GitHub's enum: CONTAINER, and every other format of this instance."
enum PackageType {
  ${names.join('\n  ')}
}
`;
}
