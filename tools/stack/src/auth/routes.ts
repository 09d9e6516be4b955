import { createUser, deleteFactor, deleteUser, listFactors, listUsers } from './admin.ts';
import { readUser, updateUser } from './admin.ts';
import { generateLink, invite } from './admin-links.ts';
import { AuthError } from './auth-error.ts';
import type { AuthContext } from './context.ts';
import { authorize, authorizeLink, returnFromProvider } from './external.ts';
import { grant } from './grants.ts';
import { unlinkIdentity } from './identities.ts';
import { requestOtp, requestRecovery, resend } from './mail-requests.ts';
import { challengeFactor, enrollFactor, unenrollFactor, verifyFactor } from './mfa.ts';
import { reauthenticate, updateOwnUser } from './own-user.ts';
import { requireUser, signOut } from './signed-in.ts';
import type { SignedIn } from './signed-in.ts';
import { signUp } from './sign-up.ts';
import { userJson } from './user-json.ts';
import { followLink, verify } from './verify.ts';

type Answer = Response | Promise<Response>;
type Open = (context: AuthContext) => Answer;
type Own = (context: AuthContext, me: SignedIn, id: string) => Answer;
type Admin = (context: AuthContext, id: string, secondId: string) => Answer;

const open: Record<string, Open | undefined> = {
	'GET /health': () =>
		Response.json({ version: 'local', name: 'GoTrue', description: 'Auth of the local stack' }),
	'GET /settings': settings,
	'POST /signup': signUp,
	'POST /token': grant,
	'POST /otp': requestOtp,
	'POST /magiclink': requestOtp,
	'POST /recover': requestRecovery,
	'POST /resend': resend,
	'POST /verify': verify,
	'GET /verify': followLink,
	// Whoever only looks at a link must not use it up.
	'HEAD /verify': () => new Response(null),
	'GET /authorize': authorize,
	'GET /callback': returnFromProvider
};

/** For somebody who is signed in. */
const own: Record<string, Own | undefined> = {
	'GET /user': (_, { user }) => Response.json(userJson(user)),
	'PUT /user': updateOwnUser,
	'POST /logout': signOut,
	'GET /reauthenticate': reauthenticate,
	'POST /factors': enrollFactor,
	'POST /factors/:id/challenge': challengeFactor,
	'POST /factors/:id/verify': verifyFactor,
	'DELETE /factors/:id': unenrollFactor,
	'GET /user/identities/authorize': authorizeLink,
	'DELETE /user/identities/:id': unlinkIdentity
};

/** For the holder of the secret key. */
const admin: Record<string, Admin | undefined> = {
	'POST /admin/users': createUser,
	'GET /admin/users': listUsers,
	'GET /admin/users/:id': readUser,
	'PUT /admin/users/:id': updateUser,
	'DELETE /admin/users/:id': deleteUser,
	'GET /admin/users/:id/factors': listFactors,
	'DELETE /admin/users/:id/factors/:id': deleteFactor,
	'POST /admin/generate_link': generateLink,
	'POST /invite': invite
};

export async function answerRoute(context: AuthContext): Promise<Response> {
	const { path, request, caller } = context;
	const ids: string[] = [];
	const shape = path.replace(/(?<=\/(users|factors|identities)\/)(?!authorize)[^/]+/g, (id) => {
		ids.push(id);
		return ':id';
	});
	const route = `${request.method} ${shape}`;
	const [id = '', secondId = ''] = ids;
	const openRoute = open[route];
	if (openRoute !== undefined) return openRoute(context);
	const ownRoute = own[route];
	if (ownRoute !== undefined) return ownRoute(context, await requireUser(context), id);
	const adminRoute = admin[route];
	if (adminRoute === undefined) throw new AuthError(404, 'not_found', 'no such endpoint');
	if (caller.claims?.role === 'service_role') return adminRoute(context, id, secondId);
	throw new AuthError(403, 'not_admin', 'User not allowed');
}

function settings({ config, providers }: AuthContext): Response {
	return Response.json({
		external: {
			anonymous_users: config.enable_anonymous_sign_ins,
			email: config.email.enable_signup,
			phone: false,
			...Object.fromEntries(Object.keys(config.external).map((name) => [name, providers.has(name)]))
		},
		disable_signup: !config.enable_signup,
		mailer_autoconfirm: !config.email.enable_confirmations,
		phone_autoconfirm: false,
		sms_provider: '',
		saml_enabled: false
	});
}
