import pg from 'pg';

export interface Outcome {
	status: 'succeeded' | 'failed';
	message: string;
}

export interface JobCommand {
	databaseUrl: string;
	/** Taken on after the login, for a role that cannot log in itself. */
	role: string | null;
	command: string;
	signal: AbortSignal;
	/** Told the server process as soon as there is one. */
	started: (pid: number) => Promise<void>;
}

/** Runs a job's command on a connection of its own. A failure is an outcome as well. */
export async function runJob(job: JobCommand): Promise<Outcome> {
	const client = new pg.Client({
		connectionString: job.databaseUrl,
		application_name: 'pg_cron',
		keepAlive: true,
		connectionTimeoutMillis: 10_000
	});
	client.on('error', () => undefined); // the query under way rejects with it
	const abort = () => void client.end().catch(() => undefined);
	try {
		await client.connect();
		job.signal.addEventListener('abort', abort);
		if (job.role !== null) await client.query(`set role ${pg.escapeIdentifier(job.role)}`);
		await job.started((client as unknown as { processID: number }).processID);
		return { status: 'succeeded', message: summary(await client.query(job.command)) };
	} catch (error) {
		return { status: 'failed', message: reason(error) };
	} finally {
		job.signal.removeEventListener('abort', abort);
		// Not waited for: a connection that broke at the wrong moment never ends.
		void client.end().catch(() => undefined);
	}
}

/** What pg_cron writes: the number of rows, or the tag of the last command. */
function summary(result: pg.QueryResult | pg.QueryResult[]): string {
	const last = [result].flat().at(-1);
	if (!last) return '';
	const { command, rowCount, fields } = last;
	if (fields.length > 0) return rowCount === 1 ? '1 row' : `${rowCount ?? 0} rows`;
	if (command === 'INSERT') return `INSERT 0 ${rowCount ?? 0}`;
	return rowCount === null ? command : `${command} ${rowCount}`;
}

function reason(error: unknown): string {
	if (!(error instanceof pg.DatabaseError)) return String(error);
	return [
		`${error.severity ?? 'ERROR'}:  ${error.message}`,
		...(error.detail ? [`DETAIL:  ${error.detail}`] : []),
		...(error.hint ? [`HINT:  ${error.hint}`] : []),
		...(error.where ? [`CONTEXT:  ${error.where}`] : [])
	].join('\n');
}
