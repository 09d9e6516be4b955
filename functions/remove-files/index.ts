import { Nothing } from '@chatiq/contracts/session';
import { serviceClient } from '../_shared/database.ts';
import { endpoint } from '../_shared/endpoint.ts';
import { removeFiles } from './remove-files.ts';

const client = serviceClient();

export default endpoint({
	auth: 'secret',
	input: Nothing,
	run: () => removeFiles(client)
});
