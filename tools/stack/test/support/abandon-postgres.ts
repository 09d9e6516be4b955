// A process of its own, to be killed: it leaves its Postgres running.
import { startPostgres } from '../../src/postgres.ts';

const [, , dataDirectory = ''] = process.argv;
const postgres = await startPostgres({ dataDirectory, durable: false });
console.log(postgres.url());
