import { RequestFailed } from '../../core/request.ts';

/** Which of a part's texts says why a call did not work. Mistakes of ours are not the visitor's to read. */
export function failureKey(error: unknown): 'failed' | 'failed_offline' | 'failed_limited' {
	if (!(error instanceof RequestFailed)) throw error;
	if (error.code === 'rate_limited') return 'failed_limited';
	return error.status === 0 && !navigator.onLine ? 'failed_offline' : 'failed';
}
