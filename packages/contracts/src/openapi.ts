import * as z from 'zod/mini';
import { statusOf, type ErrorCode } from './errors.ts';
import { apiOperations, type ApiOperation } from './api-operations.ts';
import * as schemas from './api-schemas.ts';

type Json = Record<string, unknown>;

const answers = {
	Conversation: schemas.ApiConversation,
	Message: schemas.ApiMessage,
	Visitor: schemas.ApiVisitor
};

/** What any call may be refused with. */
const always = [
	'invalid_input',
	'api_key_invalid',
	'scope_missing',
	'rate_limited',
	'internal'
] as const satisfies readonly ErrorCode[];

/** The OpenAPI 3.1 description of the REST API, made of the schemas that parse its requests. */
export function openApi(serverUrl: string): Json {
	return {
		openapi: '3.1.0',
		info: {
			title: 'ChatIQ API',
			version: '1',
			description:
				'Conversations, messages and visitors for your own programs. Send an API key of the console as a bearer token. A key makes 100 calls at once and 300 a minute; after that the answer is 429 with `Retry-After`. Lists answer `next_cursor`: hand it in as `cursor` for the next page, null means that was all.'
		},
		servers: [{ url: serverUrl }],
		security: [{ key: [] }],
		paths: paths(),
		components: {
			securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
			schemas: {
				...Object.fromEntries(
					Object.entries(answers).map(([name, schema]) => [name, schemaOf(schema, 'output')])
				),
				Error: errorSchema()
			}
		}
	};
}

function paths(): Record<string, Json> {
	const all: Record<string, Json> = {};
	for (const operation of apiOperations) {
		const path = (all[operation.path] ??= {});
		path[operation.method.toLowerCase()] = describe(operation);
	}
	return all;
}

function describe(operation: ApiOperation): Json {
	const { id, summary, description = '', scope, query, body, path } = operation;
	const parameters = [
		...(path.includes('{id}')
			? [{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }]
			: []),
		...parametersOf(query)
	];
	return {
		operationId: id,
		summary,
		description: `${description} Needs the scope \`${scope}\`.`.trim(),
		...(parameters.length > 0 ? { parameters } : {}),
		...(body ? { requestBody: { required: true, content: json(schemaOf(body, 'input')) } } : {}),
		responses: responsesOf(operation)
	};
}

function parametersOf(query: z.ZodMiniObject): Json[] {
	const { properties = {} } = schemaOf(query, 'input') as { properties?: Record<string, Json> };
	return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function responsesOf({ answer, page, refusals }: ApiOperation): Json {
	const one = { $ref: `#/components/schemas/${answer}` };
	const schema = page
		? {
				type: 'object',
				properties: {
					data: { type: 'array', items: one },
					next_cursor: { type: ['string', 'null'] }
				},
				required: ['data', 'next_cursor']
			}
		: one;
	const byStatus = Map.groupBy([...always, ...refusals], (code) => statusOf[code]);
	return {
		200: { description: 'Done.', content: json(schema) },
		...Object.fromEntries(
			[...byStatus].map(([status, codes]) => [
				status,
				{
					description: codes.map((code) => `\`${code}\``).join(', '),
					content: json({ $ref: '#/components/schemas/Error' }),
					...(status === 429 ? { headers: { 'Retry-After': { schema: { type: 'integer' } } } } : {})
				}
			])
		)
	};
}

function errorSchema(): Json {
	return {
		type: 'object',
		properties: {
			error: {
				type: 'object',
				properties: {
					code: { type: 'string' },
					message: { type: 'string' },
					retry_after: { type: 'integer' }
				},
				required: ['code', 'message']
			}
		},
		required: ['error']
	};
}

const json = (schema: Json): Json => ({ 'application/json': { schema } });

function schemaOf(schema: z.ZodMiniType, io: 'input' | 'output'): Json {
	const described = z.toJSONSchema(schema, {
		io,
		// In an address everything is text; what it must look like is said by the type that is read from it.
		override: ({ zodSchema, jsonSchema }) => {
			const { def } = zodSchema._zod;
			if (def.type === 'number' && 'coerce' in def && def.coerce) jsonSchema.type = 'integer';
		}
	}) as Json;
	delete described['$schema'];
	return described;
}
