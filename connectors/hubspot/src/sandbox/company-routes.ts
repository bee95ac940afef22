import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { RequestHandler } from 'msw';
import { z } from 'zod';
import { problemResponse } from './hubspot-problems.ts';
import { refusedProperties, shown, writeRecord } from './hubspot-records.ts';
import { type RouteAnswer, type RouteRequest, route } from './hubspot-route.ts';
import type { HubspotRecord, HubspotState } from './hubspot-state.ts';
import { answerSearch } from './search-route.ts';

const companies = '/crm/objects/2026-03/companies';

export function companyRoutes(context: SandboxContext<HubspotState>): readonly RequestHandler[] {
  return [
    route(context, 'post', `${companies}/search`, 'crm.objects.companies.read', (request) =>
      answerSearch(context, 'companies', request),
    ),
    // A domain is not unique at HubSpot: creating twice makes two.
    route(context, 'post', companies, 'crm.objects.companies.write', (request) =>
      write(context, request, undefined, 201),
    ),
    route(context, 'patch', `${companies}/:companyId`, 'crm.objects.companies.write', (request) => {
      const id = request.params['companyId'] ?? '';
      const existing = context.state.companies.get(id);
      return existing === undefined
        ? problemResponse(404, { category: 'OBJECT_NOT_FOUND', message: `No company with the id ${id}` })
        : write(context, request, existing, 200);
    }),
  ];
}

const bodySchema = z.object({ properties: z.record(z.string(), z.unknown()) });

function write(
  context: SandboxContext<HubspotState>,
  { body }: RouteRequest,
  existing: HubspotRecord | undefined,
  status: number,
): RouteAnswer {
  const parsed = bodySchema.safeParse(body);
  const properties = parsed.data?.properties ?? {};
  const wrong = parsed.success ? refusedProperties('companies', properties) : z.prettifyError(parsed.error);
  if (wrong !== undefined) return problemResponse(400, { category: 'VALIDATION_ERROR', message: wrong });
  // `refusedProperties` has seen that all values are text.
  const { record } = writeRecord(context, 'companies', existing, properties as Record<string, string>);
  return { status, body: shown('companies', record, Object.keys(properties)) };
}
