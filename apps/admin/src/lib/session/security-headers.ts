const always = {
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'strict-origin-when-cross-origin',
	'cross-origin-opener-policy': 'same-origin',
	'permissions-policy': 'camera=(), microphone=(), geolocation=()'
};

/** Adds the headers; Kit has made the policy with its nonce, the project's address comes at run time. */
export function secure(
	response: Response,
	{ supabaseUrl, scripts }: { supabaseUrl: string; scripts: readonly string[] }
): Response {
	for (const [name, value] of Object.entries(always)) response.headers.set(name, value);
	// A page that we frame ourselves has a stricter policy of its own.
	if (response.headers.has('x-frame-options')) return response;
	response.headers.set('x-frame-options', 'DENY');
	const policy = response.headers.get('content-security-policy');
	if (policy) {
		const { origin } = new URL(supabaseUrl);
		const socket = origin.replace(/^http/, 'ws');
		response.headers.set(
			'content-security-policy',
			`${policy
				.replace("img-src 'self'", `img-src 'self' blob: ${origin}`)
				.replace(
					"script-src 'self'",
					["script-src 'self'", ...scripts].join(' ')
				)}; connect-src 'self' ${origin} ${socket}; media-src 'self' ${origin}`
		);
	}
	return response;
}
