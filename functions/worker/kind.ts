import type * as z from 'zod/mini';
import type { ServiceClient } from '../_shared/database.ts';
import type { Mailer } from './mailer.ts';
import { JobFailure } from './job-failure.ts';

/** What a job may use. */
export interface JobContext {
	client: ServiceClient;
	mailer: Mailer;
	/** The key of the job's effects: the same at every try. */
	jobId: string;
	/** Aborted when the worker must end soon or has lost the job to another one. */
	signal: AbortSignal;
}

export type Kind = (payload: unknown, context: JobContext) => Promise<void>;

/** A kind of job: a payload that does not fit will not fit at the next try either. */
export function kind<Schema extends z.ZodMiniType>(
	schema: Schema,
	run: (payload: z.output<Schema>, context: JobContext) => Promise<void>
): Kind {
	return async (payload, context) => {
		const parsed = schema.safeParse(payload);
		if (!parsed.success) throw new JobFailure('The payload does not fit.', { final: true });
		await run(parsed.data, context);
	};
}
