import { PublishSite } from '@chatiq/contracts/session';
import { serviceClient } from '../_shared/database.ts';
import { endpoint } from '../_shared/endpoint.ts';
import { publishSite } from './publish-site.ts';

const client = serviceClient();

export default endpoint({
	auth: 'secret',
	input: PublishSite,
	run: (request) => publishSite(request, client)
});
