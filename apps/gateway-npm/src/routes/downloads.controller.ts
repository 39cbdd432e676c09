import { Controller, Get, Param, Req, UseInterceptors } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { InjectClient } from '@packhouse/gateway-kit';
import { DAY, DomainError } from '@packhouse/kernel';
import type { FastifyRequest } from 'fastify';
import { NoStore } from '../no-store';
import { NpmPackages, type NameParams } from '../npm-packages';

type PeriodParams = NameParams & { readonly period: string };

const lengths: ReadonlyMap<string, number> = new Map([
  ['last-day', 1],
  ['last-week', 7],
  ['last-month', 30],
  ['last-year', 365],
]);
const MAX_DAYS = 549;

/** Download counts in the shape of the public counts service (A8). */
@Controller('_registry/npm/downloads')
@UseInterceptors(NoStore)
export class DownloadsController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly packages: NpmPackages,
  ) {}

  @Get('point/:period/@:scope/:name')
  async point(@Req() request: FastifyRequest, @Param() params: PeriodParams): Promise<object> {
    const { total, from, to, name } = await this.count(request, params);
    return { downloads: total, start: from, end: to, package: name };
  }

  @Get('range/:period/@:scope/:name')
  async range(@Req() request: FastifyRequest, @Param() params: PeriodParams): Promise<object> {
    const { days, from, to, name } = await this.count(request, params);
    const byDay = new Map(days.map(({ day, count }) => [day, count]));
    const downloads = [];
    for (let time = Date.parse(from); time <= Date.parse(to); time += DAY) {
      const day = dayOf(time);
      downloads.push({ day, downloads: byDay.get(day) ?? 0 });
    }
    return { downloads, start: from, end: to, package: name };
  }

  private async count(request: FastifyRequest, params: PeriodParams) {
    const { from, to } = readPeriod(params.period);
    const { facts } = await this.packages.openForRead(request, params);
    return {
      ...(await this.metadata.countDownloads({ packageId: facts.id, from, to })),
      from,
      to,
      name: facts.name,
    };
  }
}

function readPeriod(period: string): { from: string; to: string } {
  const length = lengths.get(period);
  if (length !== undefined) return { from: dayOf(Date.now() - (length - 1) * DAY), to: dayOf(Date.now()) };
  const [from = '', to = from] = period.split(':');
  const isDay = (day: string) =>
    /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) && dayOf(Date.parse(day)) === day;
  const days = (Date.parse(to) - Date.parse(from)) / DAY;
  if (!isDay(from) || !isDay(to) || days < 0 || days > MAX_DAYS) {
    throw new DomainError(
      'invalid_request',
      `"${period.slice(0, 60)}" is not a period: use last-day, last-week, last-month, last-year, or YYYY-MM-DD:YYYY-MM-DD of at most ${MAX_DAYS} days.`,
    );
  }
  return { from, to };
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
