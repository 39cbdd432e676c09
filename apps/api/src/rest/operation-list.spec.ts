import { Controller, Get, type Type } from '@nestjs/common';
import { ApiModule } from '../api.module';
import { declaredPrefixes, listOperations, listUndeclared } from './operation-list';

@Controller('api/v3')
class ForgetfulController {
  @Get('orgs/:org/secrets')
  list(): string[] {
    return [];
  }
}

describe('the declarations of routes', () => {
  const controllers = Reflect.getMetadata('controllers', ApiModule) as Type[];

  it('finds a route that has none', () => {
    expect(listUndeclared([ForgetfulController])).toEqual(['/api/v3/orgs/:org/secrets']);
  });

  it('are there for every route of the two prefixes', () => {
    expect(listUndeclared(controllers)).toEqual([]);
  });

  it('have ids and routes of their own', () => {
    const operations = listOperations(controllers);
    const ids = operations.map(({ id }) => id);
    const routes = operations.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(routes).size).toBe(routes.length);
    for (const { path } of operations)
      expect(declaredPrefixes.some((prefix) => path.startsWith(prefix))).toBe(true);
  });
});
