import { AppError } from '@chatiq/contracts/errors';
import { UploadRequest } from '@chatiq/contracts/upload-request';
import { callerClient, serviceClient } from '../_shared/database.ts';
import { endpoint } from '../_shared/endpoint.ts';
import { inspectUpload } from '../_shared/inspection/upload.ts';

const client = serviceClient();

export default endpoint({
	auth: 'public',
	input: UploadRequest,
	run: (request, { token }) => {
		if (token === null) throw new AppError('session_required');
		return inspectUpload(request, callerClient(token), client);
	}
});
